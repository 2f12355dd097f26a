"""How fast, how much memory: `make bench`."""
