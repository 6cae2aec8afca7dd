"""Who may call, by which name, over how many connections."""
