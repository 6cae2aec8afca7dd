"""The load engine: plans in, honest measurements out. The front door is `run.run_blocking`."""
