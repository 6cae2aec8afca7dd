"""What is served under which path: one file per group of routes."""
