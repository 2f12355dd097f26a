"""What Viva tells of its own work: measures for Prometheus, spans for OpenTelemetry, and one line of log a happening.

None of it holds what anybody wrote: labels come from closed sets or settings, and attributes are ids, counts and times.
"""
