"""Viva on several processes: a PostgreSQL and a Chroma server of its own, and workers that may be killed."""
