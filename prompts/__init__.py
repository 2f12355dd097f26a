"""What the LLM is told: templates, their variables and pinned versions."""
