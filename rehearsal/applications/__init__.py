"""How a pod template becomes something that runs: one file per kind of application."""
