"""What any store of jobs has to hold, and what SQLite adds to it."""
