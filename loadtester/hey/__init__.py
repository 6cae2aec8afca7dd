"""The `hey` command: a drop-in for hey 0.1.4, and what hey never had."""
