"""Other graders, each in an environment of its own: see `benchmarks.beside_others`."""
