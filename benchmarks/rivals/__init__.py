"""Load generators side by side: what they cost, what they report, and what was true."""
