"""Viva for AI assistants, by the Model Context Protocol: reading and grading, through the API and with an API key."""
