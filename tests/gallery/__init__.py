"""Stars and the gallery."""
