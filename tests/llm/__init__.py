"""How Viva talks to a chat model."""
