"""What a Prometheus would know here: scrapes kept for a while, and queries over them."""
