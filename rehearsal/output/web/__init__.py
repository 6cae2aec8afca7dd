"""The page: a rehearsal in a browser, while it runs and afterwards."""
