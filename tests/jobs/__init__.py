"""Later work."""
