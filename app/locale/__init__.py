"""Viva's own words in the languages of its candidates: one gettext catalogue a language, English as the original."""
