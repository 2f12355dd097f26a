"""How interviews go on, and what is kept of them."""
