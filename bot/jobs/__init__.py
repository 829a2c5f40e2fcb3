"""The domain: jobs, states, errors, money, limits and server settings. No I/O."""
