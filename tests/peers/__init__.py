"""Journeys against servers that others wrote, so that Viva's own stub is not the only proof."""
