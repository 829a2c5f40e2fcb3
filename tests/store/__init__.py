"""Job stores: the conformance suite for any store, and the guarantees of SQLite."""
