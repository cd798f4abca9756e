"""Benchmarks of wiifm: ``python -m benchmarks memory``. Each compares wiifm with a floor, the least work for the same job, in the same run."""
