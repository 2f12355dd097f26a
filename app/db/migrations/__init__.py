"""Alembic's environment; revisions ship in the wheel."""
