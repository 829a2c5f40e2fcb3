"""The domain of jobs: rows, states, errors, limits and settings. Pure."""
