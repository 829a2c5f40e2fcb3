"""Several gateways that hold shards of one bot."""
