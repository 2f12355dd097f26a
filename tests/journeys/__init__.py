"""Whole stories, from a first message to a last grade."""
