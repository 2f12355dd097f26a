"""How passages are embedded, kept and found again."""
