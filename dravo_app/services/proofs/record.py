"""What a proof says while it runs, line by line as JSON, and the books it ends with. Written by one program, read by another."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Kind(StrEnum):
    """What a line is about."""

    BEGAN = "began"
    STEP = "step"
    COUNT = "count"
    FAULT = "fault"
    KILL = "kill"
    BOOKS = "books"
    BROKEN = "broken"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Count(_Record):
    """Where the deliveries are: `accepted` so far of `planned`, then what became of them."""

    planned: int = 0
    accepted: int = 0
    under_way: int = 0
    published: int = 0
    failed: int = 0


class Became(_Record):
    """What some deliveries came to, by both witnesses: published and visible once; failed, or waiting, and not visible;
    asking a person; `unfinished`, still under way when the proof stopped waiting. `wrong` are those whose witnesses contradict each other."""

    published: int = 0
    failed: int = 0
    waits: int = 0
    asks: int = 0
    unfinished: int = 0
    wrong: int = 0


class Kill(_Record):
    """Worker `worker` was ended by kill -9; `under_way` deliveries were in its hands, `answers_lost` of them never to be answered."""

    worker: int
    at_seconds: float
    under_way: int
    answers_lost: int
    became: Became


class Fault(_Record):
    """One kind of fault: how often the sandbox played it, on how many deliveries, and what became of those."""

    marker: str
    meaning: str
    played: int
    by_chance: int
    deliveries: int
    became: Became


class Ending(_Record):
    """A delivery that is not published: the sentence that its receipt has, and whether the world shows the post."""

    network: str
    account: str
    text: str
    code: str
    sentence: str
    is_visible: bool
    until: datetime | None = None


class Checked(_Record):
    """One invariant, as `./dravo verify` checks it, on the proof's own database."""

    name: str
    title: str
    looked_at: int
    unit: str
    broken: int


class Books(_Record):
    """Both sides added up. `findings` says what is wrong, a sentence each; without one the claim holds."""

    seed: int
    posts: int
    began_at: datetime
    seconds: float
    accepted: int
    published: int
    failed: int
    waits: int
    asks: int
    visible: int
    twice: int
    lost: int
    unfinished: int = 0
    claimed: int
    hidden: int
    unasked: int
    kills: list[Kill] = Field(default_factory=list)
    faults: list[Fault] = Field(default_factory=list)
    endings: list[Ending] = Field(default_factory=list)
    invariants: list[Checked] = Field(default_factory=list)
    findings: list[str] = Field(default_factory=list)
    verdict: str = ""

    @property
    def holds(self) -> bool:
        """Is everything that Dravo claims so?"""
        return not self.findings


class Line(_Record):
    """One thing that a run says; `words` is made for people, the rest goes with its kind."""

    kind: Kind
    words: str = ""
    at_seconds: float = 0.0
    seed: int | None = None
    sandbox: str | None = None
    count: Count | None = None
    books: Books | None = None

    def to_json(self) -> str:
        """The line as it is written."""
        return self.model_dump_json(exclude_none=True)
