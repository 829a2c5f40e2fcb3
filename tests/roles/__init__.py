"""A gateway and a worker as processes of their own."""
