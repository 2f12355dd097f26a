"""Properties are tried without a clock: how busy the machine is says nothing about a bank."""

from hypothesis import HealthCheck, settings

settings.register_profile("viva", deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("viva")
