"""loadtester: the load engine, `hey`, and the webhook server that Flagger calls."""
