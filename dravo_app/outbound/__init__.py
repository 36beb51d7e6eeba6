"""Window to addresses that callers give us (an account's own server, a picture): public machines only, and nothing by accident.

The order is always the same: `urls` reads an address once and strictly, `lookup` asks for its addresses within a time, `rules`
checks every one of them, `backend` connects to a checked one, so that a second answer of a name server can't lead elsewhere; `heads`
and `fetching` limit what comes back. TLS still verifies the name. Proxies of the environment, cookies and packed answers play no part.

Every refusal is `AddressRefused` with the same words: a syntax, a name without an address, one with an address inside, a port.
What remains measurable: how long the caller's own name server takes to answer, and that a name that can't be resolved just
now (a time-out, a failing name server) is a broken connection for `make_client` and `fetch`, so that it is tried again.

Anchors, read in 2026-11: Stripe's smokescreen (global unicast only, no private, shared or self addresses, no IPv6 that carries
IPv4; any port) and OWASP's SSRF prevention sheet, case 2 (public addresses only, http and https only, no redirects unseen,
beware of names that change their answer). Stricter than smokescreen: one bad address spoils the whole answer, special-purpose
ranges, ports that browsers refuse. Wider: an IPv4 address inside NAT64 is judged by itself, as IPv6-only machines reach the
web that way.
"""

from dravo_app.outbound.addresses import is_public
from dravo_app.outbound.client import make_client
from dravo_app.outbound.fetching import Fetched, check_address, fetch
from dravo_app.outbound.rules import REFUSAL

__all__ = ["REFUSAL", "Fetched", "check_address", "fetch", "is_public", "make_client"]
