"""Tests of app/locale."""
