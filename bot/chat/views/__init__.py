"""Views that answer a command: lists, the family tree, thumbnails and the usage report."""
