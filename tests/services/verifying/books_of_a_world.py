"""A small installation whose books balance, made without a network: rows as the engine writes them, a log as the world would."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from dravo_app import clock, db
from dravo_app.models import (
    Account,
    AccountGate,
    Attempt,
    AttemptKind,
    AttemptResult,
    Delivery,
    DeliveryState,
    PublishJob,
)
from dravo_app.services import leases, vault
from dravo_app.services.caller import Caller
from dravo_app.services.publishing import attempts, dispatch, plan
from dravo_app.services.publishing.lifecycle import move
from dravo_app.services.publishing.rollup import roll_up
from dravo_app.services.verifying.report import Line, Report
from dravo_app.services.verifying.sightings import Sighting
from dravo_app.services.verifying.verify import verify
from tests.support.jobs import add_account

SECRET = "sandbox_ada_token"


@dataclass
class Installation:
    """`seen` is the world's log; a worker is said to live."""

    caller: Caller
    seen: list[Sighting] = field(default_factory=list)

    def account(self, handle: str = "ada", environment: str = "test") -> Account:
        with db.transaction() as session:
            account = add_account(session, handle, environment=environment)
            vault.seal_credentials(account, {"access_token": SECRET})
            session.add(AccountGate(account_key=account.key or 0, workspace_key=1))
            leases.take(session, leases.WORKER + "w", "w", 60)
        return account

    def queued(self, text: str, account: Account) -> Delivery:
        with db.transaction() as session:
            job = plan.publish(session, self.caller, plan.PublishRequest(account_ids=[account.id], text=text))
            session.flush()
            return delivery_of(session, job)

    def sending(self, text: str, account: Account) -> Delivery:
        """Claimed, and the conversation is written down."""
        made = self.queued(text, account)
        with db.transaction() as session:
            claim = dispatch.claim(session, "w", 10, 30.0)[0]
            delivery = session.get_one(Delivery, made.key)
            attempts.open_attempt(session, delivery, claim, [], text, clock.now())
            delivery.first_tried_at = clock.now()
            return delivery

    def published(self, text: str, account: Account, *, is_shown: bool = True) -> Delivery:
        delivery = self.sending(text, account)
        post_id = f"post-{delivery.key}"
        if is_shown:
            self.show(text, account.handle, post_id)
        with db.transaction() as session:
            delivery = session.get_one(Delivery, delivery.key)
            attempt = attempt_of(session, delivery)
            attempts.close(session, attempt, AttemptResult.PUBLISHED, clock.now())
            delivery.platform_post_id = post_id
            end(session, delivery, DeliveryState.PUBLISHED)
        return delivery

    def failed(self, text: str, account: Account) -> Delivery:
        delivery = self.sending(text, account)
        with db.transaction() as session:
            delivery = session.get_one(Delivery, delivery.key)
            attempts.close(session, attempt_of(session, delivery), AttemptResult.FAILED, clock.now())
            delivery.error_code, delivery.error_message, delivery.who_acts = "content_rejected", "No.", "author"
            end(session, delivery, DeliveryState.FAILED)
        return delivery

    def show(self, text: str, handle: str, post_id: str) -> None:
        """The world sees it."""
        self.seen.append(Sighting(len(self.seen) + 1, clock.isoformat(clock.now()), "x", handle, post_id, text))

    def check(self, *, is_settled: bool = False) -> Report:
        return verify(lambda after: iter(self.seen[after:]), is_settled=is_settled)


def end(session: Session, delivery: Delivery, state: DeliveryState) -> None:
    dispatch.open_gate(session.get_one(AccountGate, delivery.account_key), delivery)
    move(session, delivery, state, clock.now())
    roll_up(session, [delivery.job_key], clock.now())


def delivery_of(session: Session, job: PublishJob) -> Delivery:
    return session.exec(select(Delivery).where(col(Delivery.job_key) == job.key)).one()


def attempt_of(session: Session, delivery: Delivery) -> Attempt:
    found = attempts.latest(session, delivery, AttemptKind.PUBLISH)
    assert found is not None
    return found


def line(report: Report, name: str) -> Line:
    return next(one for one in report.lines if one.name == name)


def red(report: Report) -> list[str]:
    """The lines that are red."""
    return [one.name for one in report.lines if one.broken]
