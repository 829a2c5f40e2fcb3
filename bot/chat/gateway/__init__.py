"""The connection to Discord: login, shards, their limits, and the registered commands."""
