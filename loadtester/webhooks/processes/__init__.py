"""Child processes: each in its own group, bounded in time and output, never left behind."""
