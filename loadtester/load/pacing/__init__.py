"""When requests leave: the open model, the closed one, and workers with a rate."""
