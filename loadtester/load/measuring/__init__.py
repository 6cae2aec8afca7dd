"""What happened: recorded, counted, merged, and who was the limit."""
