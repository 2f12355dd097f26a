"""One parser and one writer a file; see registry.py for the suffix table."""
