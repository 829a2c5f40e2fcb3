"""Bodies as providers, relays and gateways send them, each with its meaning. One file per adapter, one per rule."""
