"""The application and the console script."""
