"""What is persisted or public stays as version 0.1 had it."""
