"""Step 4: one claimed delivery, one conversation with its network.

The order is the promise: the attempt is written and COMMITTED before the request leaves (`opening`); the network is asked here,
with no transaction open; the answer is written only where the claim's fence still stands (`closing`). A crash between the first
and the third leaves an open attempt behind, which `reconcile` reads as "it may be public".
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from dravo_app.crashpoints import crashpoint
from dravo_app.errors import ConfigurationError, OutcomeUnknown, ProviderError, ProviderUnavailable, SetupUnusable
from dravo_app.models import AttemptKind
from dravo_app.providers.base import Provider
from dravo_app.providers.types import Credentials, Outcome, Publication
from dravo_app.services import tokens
from dravo_app.services.publishing import gates, prepare
from dravo_app.services.publishing.opening import Opened

log = logging.getLogger(__name__)

Answer = Outcome | ProviderError | None
"""None is a look-up's "not there"."""


@dataclass(frozen=True)
class Finished:
    """A conversation that is over. `behind` are the gates it went through, None where it never got that far; `version` is that
    of the credentials it used, None for those that the account had as it was opened.
    """

    opened: Opened
    answer: Answer
    behind: gates.Behind | None = None
    version: int | None = None


def converse(opened: Opened) -> Finished:
    """Ask the network. Never raises: whatever goes wrong is the answer. Opens transactions of its own around other calls."""
    try:
        provider, credentials, version = tokens.ready(opened.account)
    except Exception as error:  # noqa: BLE001  # nothing of the post has left
        return Finished(opened, _before_it_left(opened, error))
    behind = gates.behind(opened.environment, opened.provider, credentials)
    try:
        return Finished(opened, _ask(opened, provider, credentials), behind, version)
    except (ProviderError, ConfigurationError) as error:
        return Finished(opened, _before_it_left(opened, error), behind, version)
    except Exception:
        log.exception("delivery %s: the %s adapter failed", opened.publication.delivery_id, opened.provider)
        unknown = OutcomeUnknown("Dravo stumbled in the middle of the conversation.", provider=opened.provider)
        return Finished(opened, unknown, behind)


def _ask(opened: Opened, provider: Provider, credentials: Credentials) -> Answer:
    if opened.claim.kind is AttemptKind.LOOK_UP:
        return provider.look_up(credentials, opened.publication)
    if opened.claim.kind is AttemptKind.RESUME:
        return provider.resume(credentials, opened.publication, opened.handle)
    with _completed(opened, provider, credentials) as publication:
        crashpoint("deliver_prepared")
        return provider.publish(credentials, publication)


@contextmanager
def _completed(opened: Opened, provider: Provider, credentials: Credentials) -> Iterator[Publication]:
    with ExitStack() as held:
        try:
            made = prepare.completed(opened.publication, opened.job_id, opened.account.key or 0, provider, credentials)
            publication = held.enter_context(made)
        except Exception as error:  # noqa: BLE001  # unlike in the middle of a conversation, no byte of the post has left
            raise _before_it_left(opened, error) from None
        yield publication


def _before_it_left(opened: Opened, error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, ConfigurationError):
        return SetupUnusable(str(error), provider=opened.provider)
    log.error("delivery %s: preparing it failed", opened.publication.delivery_id, exc_info=error)
    sentence = "Dravo stumbled before the post left; nothing was published."
    return ProviderUnavailable(sentence, provider=opened.provider)
