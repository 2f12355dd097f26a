"""How interviews are kept."""
