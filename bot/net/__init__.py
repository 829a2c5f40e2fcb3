"""HTTP clients and the guards around them: SSRF, size, time and rate limits."""
