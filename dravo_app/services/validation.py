"""The one validator of composer, API and worker: every network's own rules, asked before anything is sent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from dravo_app.errors import Flaw
from dravo_app.models import Account
from dravo_app.providers import catalogue
from dravo_app.providers.types import Publication
from dravo_app.services import composition, networks
from dravo_app.services.media import rules

_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)  # the rules of a text do not depend on when


def find_flaws(
    text: str,
    provider_options: Mapping[str, object],
    accounts: Sequence[Account],
    media_urls: Sequence[str] = (),
) -> list[Flaw]:
    """What the networks of these accounts would refuse: unknown options, texts too long and pictures too many for one."""
    flaws = option_flaws(provider_options)
    if flaws:
        return flaws
    asked = set()
    for account in accounts:
        question = _question(provider_options, account)
        if question not in asked:  # accounts of one network mostly share text and options, and so their flaws
            asked.add(question)
            flaws += account_flaws(text, provider_options, account, media_urls)
    return flaws


def option_flaws(provider_options: Mapping[str, object]) -> list[Flaw]:
    """What is wrong with the options themselves, whichever accounts are chosen: names, types, choices."""
    flaws = []
    for provider, options in provider_options.items():
        for problem in catalogue.check_options(provider, options):
            flaws.append(Flaw(problem.pointer, problem.code, problem.message))
    return flaws


def account_flaws(
    text: str, provider_options: Mapping[str, object], account: Account, media_urls: Sequence[str] = ()
) -> list[Flaw]:
    """What this account's network, or its own server, would refuse. Pictures are only counted: nobody has seen them yet."""
    named = (provider_options, account.provider, account.id)
    publication = Publication(
        delivery_id="",
        platform_account_id=account.platform_account_id,
        handle=account.handle,
        text=composition.text_for(text, *named),
        started_at=_NO_TIME,
        options=composition.options_for(*named),
        media_urls=composition.media_for(media_urls, *named),
        alt_texts=composition.alt_texts_for(*named),
        limits=account.own_limits or {},
    )
    provider = networks.checker_for(account.provider)
    media_flaws = rules.find_flaws(
        provider.name,
        provider.media_rules(publication.limits),
        publication.media_urls,
        publication.alt_texts,
        media_pointer=composition.media_pointer(*named),
        alts_pointer=composition.alts_pointer(*named),
    )
    where = composition.text_pointer(*named)
    return [
        Flaw(where if problem.pointer == "/text" else problem.pointer, problem.code, problem.message)
        for problem in provider.check(publication)
    ] + media_flaws


def _question(provider_options: Mapping[str, object], account: Account) -> tuple[object, ...]:
    named = (provider_options, account.provider, account.id)
    pointers = (composition.text_pointer(*named), composition.media_pointer(*named), composition.alts_pointer(*named))
    return account.provider, pointers, repr(composition.options_for(*named)), repr(account.own_limits)
