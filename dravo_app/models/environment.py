"""The two worlds that never meet: real networks, and the sandbox."""

from enum import StrEnum


class Environment(StrEnum):
    LIVE = "live"
    TEST = "test"
