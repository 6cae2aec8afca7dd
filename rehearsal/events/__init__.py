"""What can be seen of a rehearsal: the journal, and one file per way of showing it."""
