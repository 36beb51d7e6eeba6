"""Window to strangers: what an answer may say before its body begins, interim answers (1xx) without number included."""

import ssl

import httpcore
import httpx

MAX_HEAD_BYTES = 32_768
MAX_HEADERS = 100


class LimitedStream(httpcore.NetworkStream):
    """A socket on which each answer's head may have `MAX_HEAD_BYTES`; `check` lifts the limit for the body.

    The library limits each single head to 100 KB, and interim answers not at all.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._left: int | None = MAX_HEAD_BYTES

    def lift(self) -> None:
        """The head was read."""
        self._left = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left is None:
            return self._stream.read(max_bytes, timeout)
        if self._left <= 0:
            raise httpcore.RemoteProtocolError("The answer's head is too large.")
        received = self._stream.read(min(max_bytes, self._left), timeout)
        self._left -= len(received)
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._left = MAX_HEAD_BYTES
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return LimitedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> object:
        return self if info == _ITSELF else self._stream.get_extra_info(info)


def check(response: httpx.Response) -> None:
    """For a client's hooks: the head is there; too many headers are no answer, and the body has limits of its own."""
    limited = response.extensions["network_stream"].get_extra_info(_ITSELF)
    if isinstance(limited, LimitedStream):
        limited.lift()
    if len(response.headers.raw) > MAX_HEADERS:
        raise httpx.RemoteProtocolError("The answer has too many headers.")


_ITSELF = "dravo.limited_stream"
