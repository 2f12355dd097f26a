"""One bank, every format."""
