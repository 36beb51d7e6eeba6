"""A draft as the browser keeps it, and what it asks for. The server keeps none: every event brings the whole draft along."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Annotated, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlmodel import Session

from dravo_app.errors import Flaw, Invalid
from dravo_app.services import history
from dravo_app.services.caller import Caller
from dravo_app.services.instants import parse_instant
from dravo_app.services.publishing.jobs import get_owned_job
from dravo_app.services.publishing.plan import PublishRequest

MAX_DRAFT_CHARACTERS = 500_000
RESERVED = ("text", "media_urls", "alt_texts", "first_comment", "thread", "accounts")
_Short = Annotated[str, StringConstraints(max_length=100)]
_Long = Annotated[str, StringConstraints(max_length=20_000)]
_Value = bool | int | _Long | Annotated[list[_Long], Field(max_length=100)]


class Picture(BaseModel):
    """A picture by its address, with what it shows for who can't see it."""

    model_config = ConfigDict(strict=True)

    url: Annotated[str, StringConstraints(max_length=4000)]
    alt: _Long = ""


class When(BaseModel):
    """`instant` is ISO 8601 with a zone, made by the browser from what was typed; "" where that is no time (yet).

    `late_policy` is "" for the workspace's rule.
    """

    model_config = ConfigDict(strict=True)

    later: bool = False
    instant: _Short = ""
    late_policy: Literal["", "publish", "skip", "ask"] = ""


class Draft(BaseModel):
    """Comes from a browser, so nothing about it is believed: sizes and shapes are checked here, meaning by the services."""

    model_config = ConfigDict(strict=True)

    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    owner: _Short
    environment: _Short
    text: _Long = ""
    accounts: Annotated[list[_Short], Field(max_length=1000)] = []
    texts: Annotated[dict[_Short, _Long], Field(max_length=100)] = {}
    options: Annotated[dict[_Short, dict[_Short, _Value]], Field(max_length=100)] = {}
    pictures: Annotated[list[Picture], Field(max_length=50)] = []
    when: When = When()


def read_draft(written: str) -> Draft:
    """The draft behind the browser's JSON. Raises Invalid."""
    try:
        return Draft.model_validate(json.loads(written[:MAX_DRAFT_CHARACTERS]))
    except (ValueError, ValidationError, RecursionError):
        raise Invalid(flaws=[Flaw("", "draft_unreadable", "This draft can't be read. Reload the page.")]) from None


def to_request(draft: Draft, networks: Mapping[str, str], takes_media: Sequence[str]) -> PublishRequest:
    """What publishing this draft asks for. `networks` says which network each account is on.

    Options and texts of networks that nobody chose stay in the draft and out of the request. Raises Invalid for a time
    that isn't one.
    """
    chosen = dict.fromkeys(networks[account] for account in draft.accounts if account in networks)
    options = {network: _options(draft, network, takes_media=network in takes_media) for network in chosen}
    return PublishRequest(
        account_ids=draft.accounts,
        text=draft.text,
        media_urls=[picture.url for picture in draft.pictures],
        provider_options={network: found for network, found in options.items() if found},
        scheduled_at=_instant(draft.when) if draft.when.later else None,
        late_policy=(draft.when.late_policy or None) if draft.when.later else None,
    )


def _options(draft: Draft, network: str, *, takes_media: bool) -> dict[str, object]:
    found: dict[str, object] = {
        name: value for name, value in draft.options.get(network, {}).items() if value not in ("", False, [])
    }
    if draft.texts.get(network, "").strip():
        found["text"] = draft.texts[network]
    if takes_media and any(picture.alt for picture in draft.pictures):
        found["alt_texts"] = [picture.alt for picture in draft.pictures]
    return found


def _instant(when: When) -> datetime:
    try:
        return cast(datetime, parse_instant(when.instant))
    except ValueError:
        raise Invalid(flaws=[Flaw("/scheduled_at", "time_missing", "Choose a day and a time.")]) from None


def write_again(session: Session, caller: Caller, job_id: str) -> str:
    """An earlier job as the beginning of a draft, as JSON for the browser. Raises NotFound."""
    job, receipt = get_owned_job(session, caller, job_id), history.get_receipt(session, caller, job_id)
    named = {network: dict(options) for network, options in job.provider_options.items() if isinstance(options, dict)}
    alts = next((list(options["alt_texts"]) for options in named.values() if options.get("alt_texts")), [])
    return json.dumps(
        {
            "text": job.text,
            "accounts": [result.account_id for result in receipt.results],
            "texts": {network: options["text"] for network, options in named.items() if options.get("text")},
            "options": {network: _own_words(options) for network, options in named.items()},
            "pictures": [{"url": url, "alt": str(alt or "")} for url, alt in zip_longest(job.media_urls, alts) if url],
        }
    )


def _own_words(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if name not in RESERVED}
