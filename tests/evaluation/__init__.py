"""Whether the figures are right."""
