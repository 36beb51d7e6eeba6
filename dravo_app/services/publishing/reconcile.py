"""Step 6: attempts that never came back. Look it up, never resend blindly.

A delivery whose outcome is unknown is looked up read-only until the network shows the post, or has proven that it isn't
there: two successful look-ups, the second at least the network's `visible_within_seconds` after the attempt ended.
Where that can't be had, a person is asked; the message then begins "It may be public."
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from dravo_app import clock
from dravo_app.errors import OutcomeUnknown, PostsAlike, ProviderError, ProviderUnavailable, WhoActs
from dravo_app.models import AccountGate, Attempt, AttemptKind, AttemptResult, Delivery, DeliveryState
from dravo_app.services import networks
from dravo_app.services.publishing import attempts
from dravo_app.services.publishing.claims import lock_gates
from dravo_app.services.publishing.dispatch import IS_CLAIMABLE, open_gate
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.outcome import MAX_WAIT, TABLE, next_after
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.publishing.watermark import RESTORED
from dravo_app.settings import get_settings

LOOKS_NEEDED = 2
_AHEAD = timedelta(seconds=5)
_NO_WORD = frozenset({None, 408, 502, 503, 504, *range(520, 531)})  # no answer, or a gateway's (Cloudflare: 520 to 530)
MAX_LOOKS = 12
MAX_LOOKS_AT_ALIKE = 4  # the network answers well: only another delivery's end can make it clear
_PAUSES = (1, 1, 2, 5, 10, 30, 60, 120, 300, 600, 900, 900)  # times `look_up_seconds`, before the 1st to the last look


def recover_lost(session: Session, limit: int = 200) -> int:
    """Take from dead workers what they were sending: with an open attempt it may be public, without one it was untouched."""
    now = clock.now()
    lost = (
        select(Delivery)
        .where(col(Delivery.state) == DeliveryState.SENDING, col(Delivery.lease_until) < now)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    deliveries = session.exec(lost).all()
    account_gates = lock_gates(session, [delivery.account_key for delivery in deliveries])
    for delivery in deliveries:
        _recover(session, delivery, account_gates[delivery.account_key], now)
    if deliveries:
        roll_up(session, [delivery.job_key for delivery in deliveries], now)
    return len(deliveries)


def pull_back(session: Session) -> int:
    """Queued means due, whatever a clock said that was ahead when the row was written and has been set right since."""
    now = clock.now()
    ahead = update(Delivery).where(
        IS_CLAIMABLE, col(Delivery.state) == DeliveryState.QUEUED, col(Delivery.run_at) > now + _AHEAD
    )
    done = session.connection().execute(ahead.values(run_at=now).returning(col(Delivery.key)))
    return len(done.all())


def begin_looking(session: Session, delivery: Delivery, now: datetime) -> None:
    """The outcome is unknown from now on."""
    delivery.unknown_since, delivery.looks, delivery.handle = now, 0, None
    delivery.error_code, delivery.error_message = OutcomeUnknown.code, OutcomeUnknown.sentence()
    delivery.who_acts = WhoActs.NOBODY.value
    look_again(delivery, now, _pause(0))
    move(session, delivery, DeliveryState.UNCONFIRMED, now)
    if not networks.adapter_class(delivery.provider).capabilities.can_look_up:
        _ask_a_person(session, delivery, "This network can't be asked.", now)


def after_absent(session: Session, delivery: Delivery, look: Attempt, now: datetime) -> None:
    """A look-up read the account's posts back and did not find it: proven absent, or look once more."""
    delivery.looks += 1
    visible_at = _visible_at(session, delivery, now)
    if delivery.looks < LOOKS_NEEDED or look.started_at < visible_at:
        look_again(delivery, now, max(_pause(0), (visible_at - now).total_seconds()))
        return
    _try_again(session, delivery, now)


def after_failed_look(session: Session, delivery: Delivery, error: ProviderError, now: datetime) -> None:
    """The network could not be asked: ask again later, or a person once that is hopeless."""
    since = delivery.unknown_since or now
    looks = attempts.count_since(session, delivery, AttemptKind.LOOK_UP, since)
    is_alike = isinstance(error, PostsAlike)
    is_hopeless = looks >= (MAX_LOOKS_AT_ALIKE if is_alike else MAX_LOOKS) or now - since >= MAX_WAIT
    if is_hopeless or not (is_alike or TABLE[error.verdict].to is DeliveryState.WAITING):
        _ask_a_person(session, delivery, error.detail, now)
        return
    look_again(delivery, now, _pause(min(looks, MAX_LOOKS - 1)), error.retry_at)


def look_again(delivery: Delivery, now: datetime, seconds: float, not_before: datetime | None = None) -> None:
    """Not before that instant; the state stays."""
    delivery.run_at = max(now + timedelta(seconds=seconds), not_before or now)
    delivery.retry_at = delivery.run_at


def _visible_at(session: Session, delivery: Delivery, now: datetime) -> datetime:
    """The instant from which a look-up proves something. A request without an answer may still be under way over there:
    the worker was killed or gave up, the network was not.
    """
    adapter = networks.checker_for(delivery.provider)
    ended_at = delivery.unknown_since or now
    sent = attempts.latest(session, delivery, AttemptKind.PUBLISH)
    if sent is not None and sent.http_status in _NO_WORD:
        ended_at = max(ended_at, _left_by(sent) + timedelta(seconds=get_settings().engine.settle_seconds))
    return ended_at + timedelta(seconds=networks.visible_within_seconds(delivery.environment, adapter))


def _left_by(sent: Attempt) -> datetime:
    """The last instant at which its request can have left: an attempt may fetch and upload pictures for a minute before.

    A worker that never came back has died, or is cut off from us and lives: its guard lets nothing leave any more when it hasn't
    made its lease anew for `sure_seconds`.
    """
    closed_at, engine = sent.closed_at or sent.started_at, get_settings().engine
    if sent.result == AttemptResult.LOST:
        closed_at -= timedelta(seconds=max(0.0, engine.lease_seconds - engine.sure_seconds))
    return max(sent.started_at, closed_at)


def _try_again(session: Session, delivery: Delivery, now: datetime) -> None:
    """Nothing was published, for certain: what follows is what follows any failed try, with the same pauses."""
    error = ProviderUnavailable()
    following = next_after(error, delivery.tries, delivery.begun_at or now, now)
    delivery.run_at = following.run_at
    delivery.retry_at = following.run_at if following.state is DeliveryState.WAITING else None
    delivery.error_code, delivery.error_message, delivery.who_acts = error.code, error.detail, error.who_acts.value
    move(session, delivery, following.state, now)


def _pause(looks: int) -> float:
    return get_settings().engine.look_up_seconds * _PAUSES[looks]


def _ask_a_person(session: Session, delivery: Delivery, why: str, now: datetime) -> None:
    delivery.error_code = OutcomeUnknown.code
    delivery.error_message = f"It may be public. {why} Look at the account and tell Dravo what you see."
    delivery.who_acts = WhoActs.AUTHOR.value
    delivery.retry_at = None
    move(session, delivery, DeliveryState.FAILED, now)


def _recover(session: Session, delivery: Delivery, gate: AccountGate, now: datetime) -> None:
    delivery.fence += 1  # whoever had it finds its number outdated
    open_gate(gate, delivery)
    session.add(gate)
    if attempts.close_lost(session, delivery, now) is not None:
        delivery.tries += 1
        begin_looking(session, delivery, now)
        return
    delivery.run_at = now
    move(session, delivery, DeliveryState.WAITING, now)
    if delivery.state_reason != RESTORED:  # those the release holds for a person
        move(session, delivery, DeliveryState.QUEUED, now)
