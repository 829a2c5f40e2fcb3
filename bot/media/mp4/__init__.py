"""A bounded reader of MP4 files (ISO base media file format)."""
