"""The comparison partner: a FastAPI route that authenticates, inserts one row and enqueues one task, and nothing else."""

import os
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlmodel import Field, Session, SQLModel, col, select

from dravo_app import crypto, db
from dravo_app.models import ApiKey


class BarePost(SQLModel, table=True):
    """One row per request."""

    id: int | None = Field(default=None, primary_key=True)
    text: str
    created_at: datetime


class Body(BaseModel):
    """What a caller sends."""

    account_ids: list[str]
    text: str


app = FastAPI()
_write = db.make_engine(os.environ["DATABASE_URL"])
_read = db.make_engine(os.environ["DATABASE_URL"], writing=False)
_queue = Queue("bare", connection=Redis.from_url(os.environ["REDIS_URL"]), serializer=JSONSerializer)
SQLModel.metadata.create_all(_write, tables=[SQLModel.metadata.tables["barepost"]])


@app.post("/publish", status_code=202)
def publish(body: Body, authorization: Annotated[str, Header()]) -> dict[str, object]:
    """Authenticate, insert, enqueue."""
    _authenticate(authorization)
    with Session(_write) as session:
        post = BarePost(text=body.text, created_at=datetime.now(UTC))
        session.add(post)
        session.commit()
        number = post.id
    _queue.enqueue("tests.bench.bare.nothing", number, result_ttl=0)
    return {"job_id": number, "status": "queued", "scheduled_at": None}


@app.get("/publish")
def history(authorization: Annotated[str, Header()]) -> dict[str, object]:
    """Authenticate, read fifty rows."""
    _authenticate(authorization)
    with Session(_read) as session:
        rows = session.exec(select(BarePost).order_by(col(BarePost.id).desc()).limit(50)).all()
        return {"items": [row.model_dump(mode="json") for row in rows]}


def nothing(number: int) -> None:
    """The task that is enqueued."""


def _authenticate(authorization: str) -> None:
    with Session(_read) as session:
        token = crypto.hash_token(authorization.removeprefix("Bearer "))
        if session.exec(select(ApiKey).where(col(ApiKey.token_hash) == token)).first() is None:
            raise HTTPException(401)
