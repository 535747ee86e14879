"""A small JSON API over SQLite that knows nothing of caching."""
