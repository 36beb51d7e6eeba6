"""How adapters talk: `read` for calls that change nothing visible, `write` for *the* call that makes something public.

After a broken read nothing happened: ProviderUnavailable. After a broken write it may have happened: OutcomeUnknown,
unless no connection was ever made. Nothing here sends a request twice.
"""

import json as json_module
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path
from typing import IO, NoReturn, TypeVar

import httpx

from dravo_app import clock, sockets
from dravo_app.errors import (
    ContentRejected,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    ReconnectRequired,
    Throttled,
    UnsupportedContent,
)
from dravo_app.providers.types import Credentials, Json

MAX_ANSWER_BYTES = 2_000_000
MAX_WAIT_SECONDS = 86_400.0
DEFAULT_WAIT_SECONDS = 60.0

Client = httpx.Client
"""What adapters talk through; services hand it on without knowing the library."""

Kind = TypeVar("Kind", str, int, bool, dict[str, Json], list[Json])


@dataclass(frozen=True)
class Upload:
    """A file that is streamed as the request's body, or, with `part`, as that part of a multipart form.

    With `piece`, only these bytes of it (from, up to), which are held in memory.
    """

    path: Path
    content_type: str
    part: str = ""
    piece: tuple[int, int] | None = None


@dataclass(frozen=True)
class Answer:
    """A network's complete answer. `body` is its JSON, None where it is none; `raw` is its text, trimmed, without secrets."""

    provider: str
    is_write: bool
    status: int
    headers: Mapping[str, str]
    body: Json
    raw: str
    received_at: datetime
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_success(self) -> bool:
        """Did the network say yes?"""
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Did the network say no? 408 is no answer to what was asked, as little as a redirect or 5xx."""
        return 400 <= self.status < 500 and self.status != 408

    @property
    def network_now(self) -> datetime:
        """The network's clock when it answered, by its `Date` header; ours where it has none."""
        return _http_date(self.headers.get("date", "")) or self.received_at


def make_client(
    max_connections: int = 100,
    *,
    read_seconds: float = sockets.READ_SECONDS,
    whole_seconds: float = sockets.WHOLE_SECONDS,
    before_sending: Callable[[], None] = lambda: None,
) -> httpx.Client:
    """The client for vendors' addresses and the sandbox; one per process, shared by all threads."""
    return sockets.make_client(
        max_connections=max_connections,
        read_seconds=read_seconds,
        whole_seconds=whole_seconds,
        before_sending=before_sending,
    )


def read(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    provider: str,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Json = None,
    form: Mapping[str, str] | None = None,
    upload: Upload | None = None,
    secrets: Iterable[str] = (),
) -> Answer:
    """Make a call that changes nothing visible. Raises ProviderUnavailable where no complete answer came."""
    with ExitStack() as files:
        request = _request(client, provider, method, url, headers, params, json, form, upload, files)
        try:
            return _ask(client, request, provider, False, secrets)
        except httpx.HTTPError as broken:
            is_outage = not isinstance(broken, httpx.PoolTimeout)  # that one is ours: too many connections at once
            raise ProviderUnavailable(_broken(broken), provider=provider, is_outage=is_outage) from None


def write(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    provider: str,
    headers: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    json: Json = None,
    form: Mapping[str, str] | None = None,
    upload: Upload | None = None,
    secrets: Iterable[str] = (),
) -> Answer:
    """Make the call that makes something public.

    Raises ProviderUnavailable where no connection was made, so that no byte can have left; OutcomeUnknown where the
    connection broke at any moment after that, a kept-alive socket that the server had closed included.
    """
    with ExitStack() as files:
        request = _request(client, provider, method, url, headers, params, json, form, upload, files)
        try:
            return _ask(client, request, provider, True, secrets)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as broken:
            is_outage = not isinstance(broken, httpx.PoolTimeout)
            raise ProviderUnavailable(_broken(broken), provider=provider, is_outage=is_outage) from None
        except httpx.HTTPError as broken:
            detail = f"It may be public. {_broken(broken)}"
            raise OutcomeUnknown(detail, provider=provider, is_outage=True) from None


def require(answer: Answer, *path: str, kind: type[Kind]) -> Kind:
    """A field of the answer, of exactly that type and not an empty string, else the right error for this call."""
    value = find(answer.body, *path, kind=kind)
    if value is None or value == "":
        raise unreadable(answer, f"its answer has no usable `{'.'.join(path)}`")
    return value


def find(value: Json, *path: str, kind: type[Kind]) -> Kind | None:
    """A field inside a JSON value, None where it is missing or of another type."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value if type(value) is kind else None


def unreadable(answer: Answer, why: str) -> ProviderError:
    """The error for an answer that can't be understood: unknown after a write, unavailable after a read."""
    kind = OutcomeUnknown if answer.is_write else ProviderUnavailable
    start = "It may be public. The" if answer.is_write else "The"
    return error(kind, answer, f"{start} network answered {answer.status}, but {why}.")


def refuse(answer: Answer) -> NoReturn:
    """Raise what any network's failure means where its own table has no row for it.

    429 waits; 5xx, redirects and 408 are unknown after a write and unavailable after a read; another 4xx in JSON is the
    network's refusal; a 4xx of another kind came from something in front of the network, so nothing was published.
    """
    if answer.status == 429:
        raise error(Throttled, answer, "The network asked us to slow down.", retry_at=wait_until(answer))
    if not answer.is_refusal:
        raise unreadable(answer, "that says nothing about the post" if answer.is_write else "that is not an answer")
    if not isinstance(answer.body, dict):
        raise error(ProviderUnavailable, answer, f"The network's address answered {answer.status} without a reason.")
    raise error(ContentRejected, answer, f"The network refused the request ({answer.status}).")


def error(
    kind: type[ProviderError],
    answer: Answer,
    detail: str = "",
    *,
    retry_at: datetime | None = None,
    is_for_app: bool = False,
) -> ProviderError:
    """An error of that class about this answer; 5xx is trouble of the network itself."""
    return kind(
        detail,
        provider=answer.provider,
        http_status=answer.status,
        retry_at=retry_at,
        raw=answer.raw,
        is_outage=answer.status >= 500,
        is_for_app=is_for_app,
    )


def wait_until(answer: Answer, *reset_headers: str, default_seconds: float = DEFAULT_WAIT_SECONDS) -> datetime:
    """The first instant, by our clock, at which the network may be asked again: 1 s to 24 h ahead.

    The latest of `Retry-After` (seconds or a date) and the given headers (epoch seconds or an ISO 8601 instant). The network's own clock is
    taken from its `Date` header, so that a difference between the clocks does no harm.
    """
    waits = [_retry_after(answer), *(_until(answer, name) for name in reset_headers)]
    seconds = max((wait for wait in waits if wait is not None), default=default_seconds)
    return answer.received_at + timedelta(seconds=min(max(seconds, 1.0), MAX_WAIT_SECONDS))


def bearer(token: Json, provider: str) -> dict[str, str]:
    """The header that carries a token. Raises ReconnectRequired where there is no token that a header can carry."""
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,8000}", token):
        raise ReconnectRequired("There is no usable access token; connect the account again.", provider=provider)
    return {"Authorization": f"Bearer {token}"}


def shown(answer: Answer, words: str) -> str:
    """A network's own words, on one line, trimmed and without secrets, for an error's detail."""
    line = " ".join(words.split())[:300]
    return _masked(line, answer.secrets)


def secrets_of(credentials: Credentials) -> list[str]:
    """What in an account's credentials must never be shown: every value whose name says so."""
    named = ((name, value) for name, value in credentials.items() if SECRET_NAME.search(name))
    return [value for _, value in named if isinstance(value, str) and value]


SECRET_NAME = re.compile(r"token|secret|password|jwt|authorization|cookie", re.IGNORECASE)
_SECRET_FIELD = re.compile(r'("[^"]*(?:token|secret|password|jwt)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*("|$)', re.IGNORECASE)
_MASK = "[secret]"


def _request(
    client: httpx.Client,
    provider: str,
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    params: Mapping[str, str] | None,
    json: Json,
    form: Mapping[str, str] | None,
    upload: Upload | None,
    files: ExitStack,
) -> httpx.Request:
    """`files` closes what is opened here once the request is over."""
    try:
        if upload is None:
            return client.build_request(method, url, headers=headers, params=params, json=json, data=form)
        content = _opened(upload, files)
        if upload.part:
            named = {upload.part: (upload.path.name, content, upload.content_type)}
            return client.build_request(method, url, headers=headers, params=params, data=form, files=named)
        typed = {**(headers or {}), "Content-Type": upload.content_type}
        return client.build_request(method, url, headers=typed, params=params, content=content)
    except httpx.InvalidURL:
        raise ReconnectRequired("The account's server address is not valid.", provider=provider) from None
    except ValueError:
        raise UnsupportedContent("The post has characters that can't be sent.", provider=provider) from None


def _opened(upload: Upload, files: ExitStack) -> IO[bytes]:
    content = files.enter_context(upload.path.open("rb"))
    if upload.piece is None:
        return content
    start, end = upload.piece
    content.seek(start)
    return BytesIO(content.read(end - start))


def _ask(client: httpx.Client, request: httpx.Request, provider: str, is_write: bool, secrets: Iterable[str]) -> Answer:
    try:
        response = client.send(request, stream=True)
    except ProviderError as refused:  # an address that the client's own guard refuses
        refused.provider = provider
        raise
    try:
        content = _bounded(response)
    finally:
        response.close()
    text = "" if content is None else content.decode("utf-8", errors="replace").replace("\x00", "\ufffd")
    hidden = tuple(secret for secret in secrets if secret)
    return Answer(
        provider=provider,
        is_write=is_write,
        status=response.status_code,
        headers=response.headers,
        body=_parsed(content),
        raw=_masked(text[:8000], hidden)[:2000],
        received_at=clock.now(),
        secrets=hidden,
    )


def _bounded(response: httpx.Response) -> bytes | None:
    """The body's bytes, None where they are too many or packed although we asked for plain ones."""
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        return None
    content = bytearray()
    for chunk in response.iter_raw():
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            return None
    return bytes(content)


def _parsed(content: bytes | None) -> Json:
    try:
        value: Json = json_module.loads(content or b"", parse_constant=_no_constant)
        return _storable(value) if content and b"\\u" in content else value
    except (ValueError, RecursionError):
        return None


def _storable(value: Json) -> Json:
    """The value without what no database takes: NUL and halves of surrogate pairs, which only escapes can bring in."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {str(_storable(name)): _storable(item) for name, item in value.items()}
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _masked(text: str, secrets: Iterable[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _MASK)
    return _SECRET_FIELD.sub(rf'\1"{_MASK}"', text)


def _broken(broken: httpx.HTTPError) -> str:
    # The exception's own text can hold an address; its class says enough.
    return f"The connection to the network broke ({type(broken).__name__})."


def _retry_after(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,300}(\.\d{1,9})?", text):
        return float(text)
    named = _http_date(text)
    return None if named is None else (named - answer.network_now).total_seconds()


def _until(answer: Answer, header: str) -> float | None:
    text = answer.headers.get(header, "").strip()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return float(text) - answer.network_now.timestamp()
    named = _iso_date(text)
    return None if named is None else (named - answer.network_now).total_seconds()


def _iso_date(text: str) -> datetime | None:
    try:
        named = datetime.fromisoformat(text) if re.match(r"\d{4}-\d\d-\d\dT", text) else None
    except ValueError:
        return None
    return named if named is None or named.tzinfo else named.replace(tzinfo=UTC)


def _http_date(text: str) -> datetime | None:
    try:
        named = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError):
        return None
    return named if named.tzinfo else named.replace(tzinfo=UTC)
