"""The local world: a Discord and video providers on 127.0.0.1, for the demo, the tests and contributors.

Nothing outside this package and `python -m bot demo` imports it.
"""
