"""What runs later, and survives."""
