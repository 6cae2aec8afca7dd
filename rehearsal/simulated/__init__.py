"""The world of a canary without machinery: scripted ports on a virtual clock."""
