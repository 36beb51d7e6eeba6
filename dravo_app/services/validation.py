"""The one validator of composer, API and worker: every network's own rules, asked before anything is sent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dravo_app.errors import Flaw
from dravo_app.models import Account
from dravo_app.providers import catalogue
from dravo_app.providers.types import Publication
from dravo_app.services import composition, networks

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # the rules of a text do not depend on when


def find_flaws(text: str, provider_options: Mapping[str, object], accounts: Sequence[Account]) -> list[Flaw]:
    """What the networks of these accounts would refuse: unknown options, texts too long for one of them."""
    flaws = option_flaws(provider_options)
    if flaws:
        return flaws
    asked = set()
    for account in accounts:
        where = composition.text_pointer(provider_options, account.provider, account.id)
        options = composition.options_for(provider_options, account.provider, account.id)
        question = (account.provider, where, repr(options))
        if question not in asked:  # accounts of one network mostly share text and options, and so their flaws
            asked.add(question)
            flaws += account_flaws(text, provider_options, account)
    return flaws


def option_flaws(provider_options: Mapping[str, object]) -> list[Flaw]:
    """What is wrong with the options themselves, whichever accounts are chosen: names, types, choices."""
    flaws = []
    for provider, options in provider_options.items():
        for problem in catalogue.check_options(provider, options):
            flaws.append(Flaw(problem.pointer, problem.code, problem.message))
    return flaws


def account_flaws(text: str, provider_options: Mapping[str, object], account: Account) -> list[Flaw]:
    """What this account's network would refuse."""
    where = composition.text_pointer(provider_options, account.provider, account.id)
    publication = Publication(
        delivery_id="",
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        text=composition.text_for(text, provider_options, account.provider, account.id),
        started_at=_NO_TIME,
        options=composition.options_for(provider_options, account.provider, account.id),
    )
    problems = networks.checker_for(account.provider).check(publication)
    return [
        Flaw(where if problem.pointer == "/text" else problem.pointer, problem.code, problem.message)
        for problem in problems
    ]
