"""The job engine: what happens to a paid video from the first word to the posted clip."""
