"""Beside steps 2 and 3: which workspaces have something due, found by steps down an index, however much each of them has.

Only whose first row is due gets a turn: posts scheduled for next week cost a workspace's neighbours nothing.
"""

import random
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Table, TextClause, and_, func, literal, select
from sqlmodel import Session, SQLModel

_MOST_WORKSPACES = 100  # that get a turn at once
_MOST_STEPS = 250  # workspaces looked at for them, so that one look stays short however many there are


@dataclass(frozen=True)
class Line:
    """Rows of a table that wait for the time in `at`, with an index over just these: workspace, time, key."""

    name: str
    at: str
    is_in_line: TextClause

    @property
    def table(self) -> Table:
        return SQLModel.metadata.tables[self.name]

    @property
    def order(self) -> tuple[ColumnElement[object], ...]:
        """That of the index, and of no other: the workspace belongs to it."""
        return self.table.c.workspace_key, self.table.c[self.at], self.table.c.key

    def is_due(self, workspace_key: int, now: datetime) -> ColumnElement[bool]:
        """Of this workspace.

        Named twice: what equals one value counts for nothing in PostgreSQL's order, and then it may take the index by time
        alone, through everybody else's rows.
        """
        workspace, at, _ = self.order
        return and_(workspace.in_([workspace_key] * 2), at <= now)


def whose_turn(session: Session, line: Line, now: datetime) -> list[int]:
    """Whose first row is due, in the order of their turns: begun anywhere, once around."""
    greatest = select(func.max(line.table.c.workspace_key)).where(line.is_in_line)
    last = session.connection().execute(greatest).scalar()
    if last is None:
        return []
    start = random.randint(0, last)
    found = _walk(session, line, now, start, last)
    return (found + _walk(session, line, now, 0, start))[:_MOST_WORKSPACES]


def _walk(session: Session, line: Line, now: datetime, after: int, last: int) -> list[int]:
    """Workspaces beyond `after` up to `last`: from the first row of one to the first row of the next, whatever lies between."""
    row = line.table.alias("first_row")
    step = select(_first_beyond(line, literal(after)).label("key"), literal(1, Integer).label("number"))
    steps = step.cte("step", recursive=True)
    is_going_on = (row.c.workspace_key < last, steps.c.number < _MOST_STEPS)
    following = select(_first_beyond(line, row.c.workspace_key), steps.c.number + 1)
    steps = steps.union_all(following.join_from(steps, row, row.c.key == steps.c.key).where(*is_going_on))
    is_due = (row.c.workspace_key <= last, row.c[line.at] <= now)
    found = select(row.c.workspace_key).join_from(steps, row, row.c.key == steps.c.key).where(*is_due)
    return list(session.connection().execute(found.limit(_MOST_WORKSPACES)).scalars())


def _first_beyond(line: Line, workspace: ColumnElement[int]) -> ScalarSelect[int]:
    first = select(line.table.c.key).where(line.is_in_line, line.table.c.workspace_key > workspace)
    return first.order_by(*line.order).limit(1).correlate_except(line.table).scalar_subquery()
