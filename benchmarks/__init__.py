"""Measurements of wiifm, each beside its floor in the same run: ``python -m benchmarks memory``."""
