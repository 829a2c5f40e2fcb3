"""Films: finished videos that are joined into one."""
