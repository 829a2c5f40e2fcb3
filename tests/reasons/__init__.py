"""The reason told is the reason: each sentence of an error, with a scene that it is said in and one that it isn't."""
