"""Several workers on one PostgreSQL database. Only this package knows procrastinate."""
