"""One recording of a rehearsal: typed records, many subscribers."""
