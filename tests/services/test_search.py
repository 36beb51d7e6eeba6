"""The same words find the same posts on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from dravo_app import db
from dravo_app.ids import new_id
from dravo_app.models import PublishJob
from dravo_app.services import search
from dravo_app.services.caller import Caller
from dravo_app.services.history import list_jobs
from dravo_app.services.history_pages import HistoryFilter

TEXTS = {
    "launch": "Shipping Dravo today: one post, many networks!",
    "café": "Ein CAFÉ in der Straße, crème brûlée inklusive",
    "tokyo": "東京タワーの写真を投稿しました",
    "thai": "สวัสดีชาวโลก",
    "hindi": "नमस्ते दुनिया",
    "korean": "서울에서 보낸 하루",
    "symbols": "C++ & C# at 100% — foo_bar@example.com",
    "arabic": "مرحبا بالعالم",
}

FOUND = {
    "dravo": ["launch"],
    "DRAVO shipping": ["launch"],
    "net": ["launch"],
    "one net": ["launch"],
    "net one": [],
    "cafe": ["café"],
    "strasse": ["café"],
    "creme brulee": ["café"],
    "東京": ["tokyo"],
    "写真": ["tokyo"],
    "京写": [],
    "สวัสดี": ["thai"],
    "नमस्ते": ["hindi"],
    "서울": ["korean"],
    "example": ["symbols"],
    "foo bar": ["symbols"],
    "100": ["symbols"],
    "مرحبا": ["arabic"],
    "c": ["café", "symbols"],
    'dravo" OR "cafe': [],
    "d' & 'x": [],
    "*": [],
    "!!!": [],
    "zzz": [],
}


@pytest.fixture
def told(database: str) -> None:
    """One job per text."""
    with db.transaction() as session:
        for place, (name, text) in enumerate(TEXTS.items()):
            session.add(_job(name, text, datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=place)))


@pytest.mark.usefixtures("told")
def test_both_databases_find_the_same(caller: Caller) -> None:
    found = {query: _names(caller, query) for query in FOUND}
    assert found == {query: sorted(names) for query, names in FOUND.items()}


@pytest.mark.usefixtures("told")
def test_a_changed_text_is_found_by_its_new_words(caller: Caller) -> None:
    with db.transaction() as session:
        job = next(job for job in session.exec(select(PublishJob)) if job.author == "launch")
        job.search_text = search.normalise("Something else")
    assert _names(caller, "dravo") == []
    assert _names(caller, "something") == ["launch"]


@pytest.mark.usefixtures("told")
def test_a_deleted_text_is_found_no_more(caller: Caller) -> None:
    with db.transaction() as session:
        session.delete(next(job for job in session.exec(select(PublishJob)) if job.author == "launch"))
    assert _names(caller, "dravo") == []


def test_a_word_has_an_end() -> None:
    assert search.normalise("x" * 5000) == "x" * 64


def _names(caller: Caller, query: str) -> list[str]:
    with db.reading() as session:
        page = list_jobs(session, caller, HistoryFilter(q=query))
        return sorted(next(name for name, text in TEXTS.items() if text == item.text) for item in page.items)


def _job(name: str, text: str, at: datetime) -> PublishJob:
    return PublishJob(
        id=new_id("job", at),
        workspace_key=1,
        environment="test",
        status="published",
        text=text,
        search_text=search.normalise(text),
        author=name,
        created_at=at,
    )
