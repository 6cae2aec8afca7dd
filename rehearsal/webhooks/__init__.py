"""What the webhooks of a Canary ask for: calls, the commands in them, and the load they make."""
