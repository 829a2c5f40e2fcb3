"""Stars on videos, and the gallery that shows those with enough of them."""
