"""Measurements, run by hand (`.venv/bin/python -m tests.measure.web`): figures, not verdicts. Ratios come from one run."""
