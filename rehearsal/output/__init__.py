"""What people see of a rehearsal: one file per renderer."""
