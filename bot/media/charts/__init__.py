"""Images drawn with Pillow: the family tree and the usage chart."""
