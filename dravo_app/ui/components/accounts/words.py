"""What to say beside the credentials of each network. The fields come from its capabilities; a network without words of its own
shows theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dravo_app.models import Environment
from dravo_app.services.providers import ProviderView, list_providers
from dravo_app.services.typed_credentials import SERVERS, is_needed


@dataclass(frozen=True)
class FieldWords:
    """`pattern` is what the value usually looks like; `unusual` is said where it doesn't, and stops nobody."""

    label: str
    hint: str = ""
    placeholder: str = ""
    pattern: str = ""
    unusual: str = ""


@dataclass(frozen=True)
class NetworkWords:
    """How to come by the credentials, and the page of the network where."""

    how: str = ""
    link: str = ""
    link_words: str = ""
    fields: Mapping[str, FieldWords] = field(default_factory=dict)


@dataclass(frozen=True)
class FormField:
    """One field of a form, in the order in which it is asked for."""

    name: str
    words: FieldWords
    is_secret: bool
    is_needed_live: bool
    is_needed_test: bool


@dataclass(frozen=True)
class Form:
    """The form of one network."""

    network: str
    name: str
    words: NetworkWords
    fields: tuple[FormField, ...]


WORDS = {
    "bluesky": NetworkWords(
        "An app password lets Dravo post without knowing your real one, and you can take it back at any time.",
        "https://bsky.app/settings/app-passwords",
        "Make an app password at Bluesky",
        {
            "identifier": FieldWords("Handle", "As in your profile, with its ending.", "alice.bsky.social"),
            "app_password": FieldWords(
                "App password",
                "",
                "xxxx-xxxx-xxxx-xxxx",
                r"([a-z2-7]{4}-){3}[a-z2-7]{4}|sandbox_.+",
                "This doesn't look like an app password (xxxx-xxxx-xxxx-xxxx). It may work, but an app password is safer: "
                "it can't change your account, and it is easily taken back.",
            ),
            "service": FieldWords("Server", "Only where your account lives on a server of its own.", "bsky.social"),
        },
    ),
    "mastodon": NetworkWords(
        "On your server, open Preferences → Development → New application. Tick read, write:statuses and write:media, "
        "save, and copy “Your access token”.",
        "https://docs.joinmastodon.org/client/token/",
        "What Mastodon says about tokens",
        {
            "instance": FieldWords(
                "Server", "Its name, or your whole address: @alice@mastodon.social.", "mastodon.social"
            ),
            "access_token": FieldWords("Access token", "The last of the three codes that the application shows."),
        },
    ),
    "x": NetworkWords(
        "X gives tokens to developer apps: your app needs tweet.read, tweet.write, users.read and offline.access, and media.write for pictures.",
        "https://developer.x.com/en/portal/dashboard",
        "Open X's developer portal",
        {
            "access_token": FieldWords("Access token", "The OAuth 2.0 token of the person or brand who posts."),
            "refresh_token": FieldWords(
                "Refresh token", "Without it X ends the access after two hours, and you connect again."
            ),
            "client_id": FieldWords("Client id", "Of the app that made the tokens; needed to refresh them."),
            "client_secret": FieldWords("Client secret", "Only where the app is a confidential one."),
        },
    ),
}
_FIRST = ("identifier", "instance")
"""Asked before the secrets, as people know it from every login."""


def forms() -> dict[str, Form]:
    """The form of each network that can be connected by credentials, by its slug."""
    return {view.provider: _form(view) for view in list_providers(Environment.LIVE) if view.capabilities}


def _form(view: ProviderView) -> Form:
    words, asked = WORDS.get(view.provider, NetworkWords()), view.capabilities
    fields = [
        FormField(
            one.name,
            words.fields.get(one.name) or FieldWords(one.name.replace("_", " ").capitalize(), one.description),
            one.secret,
            is_needed(one, asked, Environment.LIVE),
            is_needed(one, asked, Environment.TEST),
        )
        for one in (asked.credential_fields if asked else ())
        if asked
    ]
    in_order = sorted(fields, key=lambda one: (one.name not in _FIRST, not one.is_needed_live))
    return Form(view.provider, view.name, words, tuple(in_order))


def field_of_trouble(network: str, *, is_address: bool) -> str:
    """Beside which field a refusal belongs: that of the server's address, or the first secret; "" where there is none."""
    form = forms().get(network)
    wanted = [one.name for one in form.fields if (one.name in SERVERS if is_address else one.is_secret)] if form else []
    return wanted[0] if wanted else ""
