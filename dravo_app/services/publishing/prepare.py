"""Between claim and conversation: the account's own limits, and the pictures as its network takes them.

Everything here happens before a byte of the post leaves, so whatever fails here has published nothing, for certain.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dravo_app.errors import UnsupportedContent
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials, Publication
from dravo_app.services import own_limits
from dravo_app.services.media import fetching, rules


@contextmanager
def completed(
    publication: Publication, job_id: str, account_key: int, provider: Provider, credentials: Credentials
) -> Iterator[Publication]:
    """The publication with all that the adapter needs; its files are there until the end of the block.

    The rules are asked twice: before anything is fetched, and with the pictures at hand. Raises UnsupportedContent, and what
    `fetching.collect` raises. Opens transactions of its own around network calls.
    """
    known = replace(publication, limits=own_limits.fresh(account_key, provider, credentials))
    _check(provider, known)
    media_rules = provider.media_rules(known.limits)
    if not known.media_urls or media_rules is None or known.prepared:  # prepared: the network has the files already
        yield known
        return
    with fetching.collect(job_id, known.media_urls, known.alt_texts, media_rules, provider.name) as media:
        whole = replace(known, media=media)
        _check(provider, whole)
        yield whole


def _check(provider: Provider, publication: Publication) -> None:
    flaws = rules.find_flaws(
        provider.name,
        provider.media_rules(publication.limits),
        publication.media_urls,
        publication.alt_texts,
        media_pointer="",
        alts_pointer="",
    )
    said = [problem.message for problem in provider.check(publication)] + [flaw.message for flaw in flaws]
    if said:
        raise UnsupportedContent(said[0], provider=provider.slug)
