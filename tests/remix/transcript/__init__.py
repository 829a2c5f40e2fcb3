"""A scripted conversation with every feature. `python -m tests.remix.transcript` writes docs/transcript.md."""
