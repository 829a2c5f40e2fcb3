"""What a person does in the local Discord: write, click, fill in a form."""
