"""What the models can do and cost: one table that drives validation, choices, autocomplete and price."""
