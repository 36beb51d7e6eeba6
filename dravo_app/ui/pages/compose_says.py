"""A rehearsal as the compose page tells it: each sentence beside the thing that it is about."""

from dataclasses import dataclass, field

from dravo_app.errors import Flaw
from dravo_app.services.publishing.rehearsal import Rehearsal
from dravo_app.ui.pages.compose_draft import Draft

_NOT_YET = {"text_empty", "account_count", "time_missing"}  # no news to who has only begun


@dataclass
class Says:
    """Sentences by place. `accounts` and `cautions` are by account id."""

    text: list[str] = field(default_factory=list)
    time: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    choosing: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    accounts: dict[str, list[str]] = field(default_factory=dict)
    cautions: dict[str, list[str]] = field(default_factory=dict)

    def add(self, flaw: Flaw, draft: Draft) -> None:
        """Put a flaw of the job where it belongs."""
        parts = flaw.pointer.split("/")
        if flaw.pointer.startswith("/account_ids/") and parts[2].isdecimal() and int(parts[2]) < len(draft.accounts):
            self.accounts.setdefault(draft.accounts[int(parts[2])], []).append(flaw.message)
            return
        place = {"text": self.text, "scheduled_at": self.time, "account_ids": self.choosing}.get(
            parts[1:2][0] if parts[1:] else ""
        )
        if place is None:
            place = self.pictures if "media_urls" in parts or "alt_texts" in parts else self.other
        if flaw.message not in place:
            place.append(_with_picture(flaw, parts))


def tell(found: Rehearsal, draft: Draft, *, tried: bool) -> Says:
    """`tried`: somebody has pressed the button, so that what is still missing is said too."""
    says = Says(notes=[warning.message for warning in found.warnings])
    for flaw in found.flaws:
        if tried or flaw.code not in _NOT_YET:
            says.add(flaw, draft)
    for account in found.accounts:
        if account.flaws:
            told = [_with_picture(flaw, flaw.pointer.split("/")) for flaw in account.flaws]
            says.accounts.setdefault(account.account_id, []).extend(told)
        if account.warnings:
            says.cautions[account.account_id] = [warning.message for warning in account.warnings]
    return says


def _with_picture(flaw: Flaw, parts: list[str]) -> str:
    is_of_one = len(parts) > 1 and parts[-2] in ("media_urls", "alt_texts") and parts[-1].isdecimal()
    return f"Picture {int(parts[-1]) + 1}: {flaw.message}" if is_of_one else flaw.message
