"""Languages: the catalogues are whole, break no placeholder and no limit, and every person reads their own."""
