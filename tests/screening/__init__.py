"""Many recorded answers at once."""
