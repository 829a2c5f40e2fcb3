"""Where jobs are kept: SQLite behind the engine's store port."""
