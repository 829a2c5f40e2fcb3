"""SQLite storage: the adapters of the storage ports, backups and maintenance."""
