"""Which version of a bank is in use."""
