"""Mastodon: every rule that a post breaks, found without asking; the numbers are the instance's where they are known."""

import re
from collections.abc import Mapping

from dravo_app.providers.mastodon import counting, facts
from dravo_app.providers.types import Json, Problem, Publication

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


def check(publication: Publication) -> list[Problem]:
    """Text and content warning, language, poll, and what this server would not do as asked."""
    return [
        *_check_text(publication),
        *_check_language(publication.options),
        *_check_poll(publication),
        *_check_server(publication),
    ]


def _check_text(publication: Publication) -> list[Problem]:
    warning = publication.options.get("spoiler_text")
    spoiler = warning if isinstance(warning, str) else ""
    try:
        (publication.text + spoiler).encode()
    except UnicodeEncodeError:
        return [Problem("invalid_characters", "Mastodon takes no text with half characters (lone surrogates).")]
    limits = publication.limits
    most = limits.get("max_characters", facts.MAX_CHARACTERS)
    per_link = limits.get("characters_reserved_per_url", facts.URL_CHARACTERS)
    count = counting.length(publication.text, per_link) + counting.graphemes(spoiler)
    if count <= most:
        return []
    whole = "this text and its content warning have" if spoiler else "this text has"
    return [
        Problem("text_too_long", f"This Mastodon server takes {most} characters as it counts them; {whole} {count}.")
    ]


def _check_language(options: Mapping[str, Json]) -> list[Problem]:
    language = options.get("language")
    if language is None or (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
        return []
    return [_problem("language", "A language is a code such as `en` or `pt-BR`.")]


def _check_poll(publication: Publication) -> list[Problem]:
    options = publication.options
    answers = options.get("poll_options")
    if not isinstance(answers, list):
        return [
            _problem(name, f"`{name}` needs `poll_options`.")
            for name in facts.POLL_DETAILS
            if options.get(name) not in (None, False)
        ]
    problems = [*_check_answers(answers, publication.limits), *_check_expiry(options, publication.limits)]
    if publication.media_urls or publication.media:
        problems.append(_problem("poll_options", "A Mastodon post has a poll or media, not both."))
    return problems


def _check_answers(answers: list[Json], limits: Mapping[str, int]) -> list[Problem]:
    most = limits.get("poll_max_options", facts.MAX_POLL_OPTIONS)
    longest = limits.get("poll_max_characters_per_option", facts.MAX_POLL_CHARACTERS)
    texts = [str(answer).strip() for answer in answers]
    if not facts.MIN_POLL_OPTIONS <= len(texts) <= most:
        return [
            _problem(
                "poll_options", f"A poll has {facts.MIN_POLL_OPTIONS} to {most} answers; this one has {len(texts)}."
            )
        ]
    if len(set(texts)) < len(texts) or not all(texts):
        return [_problem("poll_options", "A poll's answers are all different, and none is empty.")]
    if any(counting.graphemes(text) > longest for text in texts):
        return [_problem("poll_options", f"An answer of a poll has up to {longest} characters.")]
    return []


def _check_expiry(options: Mapping[str, Json], limits: Mapping[str, int]) -> list[Problem]:
    least = limits.get("poll_min_expiration", facts.MIN_POLL_SECONDS)
    most = limits.get("poll_max_expiration", facts.MAX_POLL_SECONDS)
    seconds = options.get("poll_expires_in", facts.POLL_SECONDS)
    if type(seconds) is int and least <= seconds <= most:
        return []
    return [_problem("poll_expires_in", f"A poll is open for {least} to {most} seconds.")]


def _check_server(publication: Publication) -> list[Problem]:
    """A server with the older API may take these and do something else: snac2 shows what is `direct` to all followers."""
    if not publication.limits.get("older_api"):
        return []
    problems = []
    if publication.options.get("visibility") == "direct":
        problems.append(
            _problem("visibility", "This server may show a direct post to all followers; choose `private`.")
        )
    if publication.options.get("poll_options"):
        problems.append(_problem("poll_options", "This server may post the text without the poll's answers."))
    return problems


def _problem(option: str, message: str) -> Problem:
    return Problem("invalid_option", message, f"/provider_options/{facts.SLUG}/{option}")
