"""Assembly: the only place that constructs clients."""
