"""Telling other programs what happened: signed, retried, and never to an address inside the network by accident."""
