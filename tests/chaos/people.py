"""Who publishes while faults are brought: through `/v1`, patiently, and with a record of all that was promised to them."""

import random
import threading
import time
from dataclasses import dataclass

import httpx
from sqlalchemy.exc import SQLAlchemyError

from dravo_app import db
from tests.chaos.ground import Ground

MARKERS = (
    "answer lost", "500 after", "500 before", "refuse connect", "429 retry-after 1", "slow 1s", "rejected",
    "processing 1s",
)  # fmt: skip
_PATIENCE_SECONDS = 60.0


@dataclass
class Promise:
    """One post that somebody asked for. `job_id` is there once Dravo said yes; `was_canceled` once it said so."""

    text: str
    accounts: list[str]
    job_id: str | None = None
    is_scheduled: bool = False
    was_canceled: bool = False


@dataclass
class Counted:
    """What people did besides publishing."""

    asked_again: int = 0
    gave_up: int = 0
    refused: int = 0
    retried: int = 0
    cancels_refused: int = 0


class Person(threading.Thread):
    """Posts all the time, to some accounts of their own; what they do, not when, follows from the seed."""

    def __init__(self, name: str, ground: Ground, accounts: list[str], seed: str, pause_seconds: float = 0.5) -> None:
        super().__init__(name=name, daemon=True)
        self.promises: list[Promise] = []
        self.counted = Counted()
        self._ground = ground
        self._accounts = accounts
        self._chance = random.Random(f"{seed} {name}")
        self._pause_seconds = pause_seconds
        self._stopping = threading.Event()
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{ground.door_port}", timeout=8, trust_env=False,
            headers={"Authorization": f"Bearer {ground.api_key}"},
        )  # fmt: skip

    def stop(self) -> None:
        self._stopping.set()
        self.join(_PATIENCE_SECONDS + 10)
        self._client.close()

    def run(self) -> None:
        while not self._stopping.is_set():
            act = self._chance.choices((self._publish, self._schedule, self._cancel, self._retry), (70, 15, 10, 5))[0]
            act()
            self._stopping.wait(self._chance.uniform(0.3, 1.0) * self._pause_seconds)

    def _publish(self) -> None:
        promise = self._new()
        answer = self._insist("/v1/publish", {"account_ids": promise.accounts, "text": promise.text}, promise.text)
        if answer is None:
            self.counted.gave_up += 1
        elif answer.status_code == 202:
            promise.job_id = answer.json()["job_id"]
        else:
            self.counted.refused += 1

    def _schedule(self) -> None:
        promise = self._new()
        promise.is_scheduled = True
        try:
            promise.job_id = self._ground.schedule(
                promise.text, *promise.accounts, in_seconds=self._chance.uniform(1.0, 8.0)
            )
        except SQLAlchemyError:
            db.dispose()
            self.counted.gave_up += 1

    def _cancel(self) -> None:
        scheduled = [p for p in self.promises if p.is_scheduled and p.job_id and not p.was_canceled]
        if scheduled:
            promise = self._chance.choice(scheduled[-4:])
            answer = self._ask(f"/v1/publish/{promise.job_id}/cancel", None, None)
            promise.was_canceled = answer is not None and answer.status_code == 200
            self.counted.cancels_refused += answer is not None and answer.status_code == 409

    def _retry(self) -> None:
        known = [promise for promise in self.promises if promise.job_id]
        if known:
            answer = self._ask(f"/v1/publish/{self._chance.choice(known[-20:]).job_id}/retry", None, None)
            self.counted.retried += answer is not None and answer.status_code < 300

    def _new(self) -> Promise:
        number = len(self.promises)
        marker = f" [[sandbox: {self._chance.choice(MARKERS)}]]" if self._chance.random() < 0.25 else ""
        chosen = self._chance.sample(self._accounts, self._chance.randint(1, min(3, len(self._accounts))))
        promise = Promise(f"{self.name} {number}{marker}", chosen)
        self.promises.append(promise)
        return promise

    def _insist(self, path: str, body: dict[str, object], key: str) -> httpx.Response | None:
        """Ask until there is an answer that is one, under the same Idempotency-Key."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = self._ask(path, body, key)
            if answer is not None and (answer.status_code < 409 or answer.status_code in (413, 422)):
                return answer
            self.counted.asked_again += 1
            time.sleep(0.3)
        return None

    def _ask(self, path: str, body: dict[str, object] | None, key: str | None) -> httpx.Response | None:
        headers = {"Idempotency-Key": key.encode("ascii").hex()} if key else {}
        try:
            return self._client.post(path, json=body, headers=headers)
        except httpx.HTTPError:
            return None
