"""The model catalogue: capabilities and prices, which drive validation, choices and autocomplete."""
