"""Window to strangers: which hosts, ports and addresses may be asked. One refusal for every reason."""

from collections.abc import Iterable

from dravo_app.errors import AddressRefused, ConfigurationError
from dravo_app.outbound import urls
from dravo_app.outbound.addresses import Address, embedded, is_loopback, is_own, is_public

REFUSAL = "This address can't be used."
"""The same words for every reason, so that nobody can map a network by asking."""


class Rules:
    """Public addresses on usable ports, and of the others exactly those that are named (`host:port`); `refuse` wins."""

    def __init__(self, allow_private: Iterable[str], refuse: Iterable[str]) -> None:
        self._allowed = frozenset(_entry(entry) for entry in allow_private)
        self._refused = frozenset(_entry(entry) for entry in refuse)
        # Loopback has many names (127.0.0.2, ::1, 0.0.0.0): a refused port there is refused under all of them.
        self._refused_here = frozenset(port for host, port in self._refused if _names_this_machine(host))

    def check(self, host: str, port: int, found: list[Address]) -> None:
        """Raises AddressRefused unless every address that was found for this host may be used."""
        if not found or not all(self._may_use(host, port, address) for address in found):
            raise AddressRefused(REFUSAL)

    def _may_use(self, host: str, port: int, address: Address) -> bool:
        plain = embedded(address) or address
        names = {(host, port), (str(address), port), (str(plain), port)}
        if names & self._refused or (port in self._refused_here and (is_loopback(plain) or is_own(plain))):
            return False
        if names & self._allowed:
            return True
        # A name without a dot is one of a local network's, or none.
        is_public_name = "." in host or ":" in host
        return is_public_name and is_usable_port(port) and is_public(address) and not is_own(plain)


def is_usable_port(port: int) -> bool:
    """The web's ports and what people run servers on; not those of mail, shells, printers and the like.

    An allow-list of 80 and 443 would shut out servers that people run at home; any port at all would let us be used to speak
    to other protocols in our name. So: what browsers do (the Fetch standard's bad ports), and nothing below 1024 but 80 and 443.
    """
    return port in (80, 443) or (1024 <= port <= 65535 and port not in _BAD_PORTS)


_BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080}
)


def _entry(text: str) -> tuple[str, int]:
    host, _, port = text.strip().rpartition(":")
    try:
        return urls.read_host(host), int(port)
    except ValueError:
        raise ConfigurationError(f"`{text}` is not of the form host:port (DRAVO_ALLOW_PRIVATE).") from None


def _names_this_machine(host: str) -> bool:
    return host in ("::1", "::", "0.0.0.0", "localhost") or host.startswith("127.") or host.endswith(".localhost")
