"""A file of answers to try a screening with, made up for that by `python -m app.screening.examples.make`."""
