"""Benchmarks: ``python -m bench``. Ratios within one run, so that they hold on any machine."""
