"""Which version of a bank is in use, and whether it is well made."""
