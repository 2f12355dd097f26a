"""Tests of how passages are embedded, kept and found again."""
