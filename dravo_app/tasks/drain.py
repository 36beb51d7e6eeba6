"""Wakes this process's intake. The rows in the database say what is to be done; the task carries nothing."""

from dravo_app.services.publishing import wakeup


def drain() -> None:
    """Look for due deliveries now rather than at the next poll."""
    wakeup.nudge()
