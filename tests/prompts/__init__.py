"""What the LLM is told."""
