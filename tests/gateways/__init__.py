"""The bot in front of real gateways. Not part of the default run: `make test-gateways`."""
