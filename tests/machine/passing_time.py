"""Time in the machine's hand: one true time for the world, the clock on our wall, which may go wrong, and the processes' own."""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


class Time:
    """Stands still until somebody lets it pass. Takes the place of the module `time` where a process counts its leases."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.wall_is_off_by = 0.0

    def true(self) -> datetime:
        """What the networks' clocks say."""
        return BEGIN + timedelta(seconds=self.passed)

    def wall(self) -> datetime:
        """What our machine's clock says."""
        return self.true() + timedelta(seconds=self.wall_is_off_by)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Nobody sleeps here."""
