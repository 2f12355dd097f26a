"""Tests mirror the rooms; journeys tell whole stories."""
