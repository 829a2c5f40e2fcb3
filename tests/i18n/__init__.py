"""Translations: complete catalogues, intact placeholders, length limits, and the language of each reader."""
