"""SQLite: schema, transactions, queries, backup."""
