"""The odds in every form: a table, JSON, CSV, a page and a picture."""
