"""START: why `up` can't go on, as one sentence for people that says what to do."""


class CannotStart(Exception):
    """`up` ends with exit code 1 and this sentence."""
