"""Step 1: a request becomes a publish job with one delivery per account, or is refused with every reason at once."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.crashpoints import crashpoint
from dravo_app.errors import Flaw, Invalid
from dravo_app.ids import new_id
from dravo_app.models import Account, Delivery, DeliveryState, Health, JobStatus, PublishJob, bits_of
from dravo_app.services import events, search, validation
from dravo_app.services.caller import Caller
from dravo_app.services.instants import Instant
from dravo_app.services.media import addresses
from dravo_app.services.publishing import wakeup

MAX_ACCOUNTS = 100
MAX_TEXT = 5000
EARLIEST = timedelta(seconds=60)
MAX_METADATA = 20


class PublishRequest(BaseModel):
    """What a caller may ask for. Shapes are checked here; meaning, all at once, in `publish`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account_ids: list[str] = Field(
        description="1 to 100 connected accounts of this workspace and environment.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_ACCOUNTS, "uniqueItems": True},
    )
    text: str = Field(
        description="1 to 5000 characters; each network's own limit applies on top.",
        json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"},
    )
    media_urls: list[str] = Field(
        default_factory=list,
        description="Pictures by their http(s) addresses, which everybody on the internet can reach; fetched when it goes out.",
        json_schema_extra={"maxItems": addresses.MAX_COUNT, "items": {**addresses.SCHEMA}},
    )
    provider_options: dict[str, dict[str, object]] = Field(
        default_factory=dict, description='Options by network, e.g. `{"bluesky": {"langs": ["en"]}}`.'
    )
    scheduled_at: Instant | None = Field(
        default=None, description="ISO 8601 with a zone, at least 60 seconds ahead; now if left out."
    )
    late_policy: Literal["publish", "skip", "ask"] | None = Field(
        default=None,
        description="What becomes of a scheduled post if Dravo was down at its time: `publish` it late, `skip` it, or `ask` a "
        "person. Null is the workspace's rule. Without `scheduled_at` it changes nothing.",
    )
    metadata: dict[str, str] = Field(
        default_factory=dict,
        description="Up to 20 pairs that come back in answers.",
        json_schema_extra={"maxProperties": MAX_METADATA},
    )


def names_media(request: PublishRequest) -> bool:
    """Does it name pictures, for whichever account? Then `check_media_addresses` comes before `publish`."""
    return addresses.has_any(request.media_urls, request.provider_options)


def check_media_addresses(request: PublishRequest) -> list[Flaw]:
    """Step 0, for requests with pictures: look their addresses up, up to some seconds, outside of any transaction.

    What comes back is for `publish` or `examine`. Raises Unavailable where the name servers don't answer in time.
    """
    return addresses.find_flaws(request.media_urls, request.provider_options)


def publish(
    session: Session, caller: Caller, request: PublishRequest, address_flaws: Sequence[Flaw] = ()
) -> PublishJob:
    """Store the job and its deliveries, and wake a worker once that is committed. Raises Invalid with every flaw.

    `address_flaws` is what `check_media_addresses` found.
    """
    accounts, flaws = examine(session, caller, request, address_flaws)
    if not flaws:
        flaws += validation.find_flaws(request.text, request.provider_options, accounts, request.media_urls)
    if flaws:
        raise Invalid(flaws=flaws)
    job = _make_job(session, caller, request, bits_of(account.provider for account in accounts))
    _make_deliveries(session, job, accounts)
    wakeup.announce(session)
    crashpoint("publish_before_commit")
    return job


def examine(
    session: Session, caller: Caller, request: PublishRequest, address_flaws: Sequence[Flaw] = ()
) -> tuple[list[Account], list[Flaw]]:
    """The accounts that were named and are here, and what is wrong with the request before any network is thought of."""
    accounts, flaws = _find_accounts(session, caller, request.account_ids)
    return accounts, [*flaws, *_own_flaws(request), *address_flaws]


def _find_accounts(session: Session, caller: Caller, ids: Sequence[str]) -> tuple[list[Account], list[Flaw]]:
    if not 1 <= len(ids) <= MAX_ACCOUNTS:
        return [], [Flaw("/account_ids", "account_count", f"Name 1 to {MAX_ACCOUNTS} accounts.")]
    owned = select(Account).where(
        col(Account.workspace_key) == caller.workspace_key,
        col(Account.environment) == caller.environment,
        col(Account.id).in_([wanted for wanted in ids if "\x00" not in wanted]),
    )
    found = {account.id: account for account in session.exec(owned)}
    flaws: list[Flaw] = []
    for place, wanted in enumerate(ids):
        if wanted in ids[:place]:
            flaws.append(Flaw(f"/account_ids/{place}", "duplicate_account", "This account is named twice."))
        elif wanted not in found:
            flaws.append(Flaw(f"/account_ids/{place}", "unknown_account", "There is no such account here."))
        elif found[wanted].health == Health.DISCONNECTED:
            flaws.append(Flaw(f"/account_ids/{place}", "account_disconnected", "This account is disconnected."))
    return [found[wanted] for wanted in ids if wanted in found], flaws


def _own_flaws(request: PublishRequest) -> list[Flaw]:
    flaws = []
    if not request.text.strip() or _is_invisible(request.text):
        flaws.append(Flaw("/text", "text_empty", "The text is empty."))
    elif len(request.text) > MAX_TEXT:
        flaws.append(
            Flaw("/text", "text_too_long", f"The text has {len(request.text)} characters; {MAX_TEXT} is the limit.")
        )
    if "\x00" in request.text:
        flaws.append(Flaw("/text", "text_invalid", "The text holds a NUL character."))
    flaws += addresses.shape_flaws(request.media_urls, request.provider_options)
    return flaws + _time_flaws(request.scheduled_at) + _metadata_flaws(request.metadata)


def _is_invisible(text: str) -> bool:
    return all(unicodedata.category(c) in ("Cf", "Cc", "Zs", "Zl", "Zp") for c in text)


def _time_flaws(scheduled_at: datetime | None) -> list[Flaw]:
    if scheduled_at is None:
        return []
    if scheduled_at.utcoffset() is None:
        return [Flaw("/scheduled_at", "time_without_zone", "The time needs a zone, such as Z or +02:00.")]
    try:
        is_too_early = scheduled_at < clock.now() + EARLIEST
        scheduled_at.astimezone(clock.now().tzinfo)
    except OverflowError:
        return [Flaw("/scheduled_at", "time_out_of_range", "That time is out of range.")]
    if is_too_early:
        return [Flaw("/scheduled_at", "time_too_early", "The time must be at least 60 seconds ahead.")]
    return []


def _metadata_flaws(metadata: dict[str, str]) -> list[Flaw]:
    if len(metadata) > MAX_METADATA:
        return [Flaw("/metadata", "metadata_too_large", f"At most {MAX_METADATA} pairs.")]
    if any(len(name) > 64 or len(value) > 1000 or "\x00" in name + value for name, value in metadata.items()):
        return [
            Flaw("/metadata", "metadata_too_large", "A name has at most 64 characters, a value 1000, none of them NUL.")
        ]
    return []


def _make_job(session: Session, caller: Caller, request: PublishRequest, networks: int) -> PublishJob:
    now = clock.now()
    job = PublishJob(
        id=new_id("job", now),
        workspace_key=caller.workspace_key,
        environment=caller.environment.value,
        status=(JobStatus.SCHEDULED if request.scheduled_at else JobStatus.QUEUED).value,
        networks=networks,
        text=request.text,
        search_text=search.normalise(request.text),
        media_urls=request.media_urls,
        provider_options=dict(request.provider_options),
        job_metadata=request.metadata,
        author=caller.actor,
        late_policy=request.late_policy,
        scheduled_at=request.scheduled_at,
        created_at=now,
    )
    session.add(job)
    session.flush()
    events.record_job(session, job)
    return job


def _make_deliveries(session: Session, job: PublishJob, accounts: Sequence[Account]) -> None:
    state = DeliveryState.SCHEDULED if job.scheduled_at else DeliveryState.QUEUED
    deliveries = [
        Delivery(
            id=new_id("dlv", job.created_at),
            workspace_key=job.workspace_key,
            environment=job.environment,
            job_key=job.key or 0,
            account_key=account.key or 0,
            provider=account.provider,
            state=state.value,
            run_at=job.scheduled_at or job.created_at,
            created_at=job.created_at,
            changed_at=job.created_at,
        )
        for account in accounts
    ]
    session.add_all(deliveries)
    session.flush()
    for delivery in deliveries:
        events.record_delivery(session, delivery)
