"""Window to strangers: is an address one machine on the public internet, and not this one?"""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Is it one machine on the public internet? An address that carries another inside is as public as that one."""
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and (address not in _GLOBAL_UNICAST or _is_isatap(address)):
        return False
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for: mapped, or translated by NAT64."""
    if isinstance(address, IPv4Address):
        return None
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else address.ipv4_mapped


def is_loopback(address: Address) -> bool:
    """Does it lead to this machine's loopback? The unspecified address does, too."""
    return address.is_loopback or address.is_unspecified


def is_own(address: Address) -> bool:
    """Is it one of this machine's own addresses? What listens here is inside, however public its address is."""
    return _can_be_bound(address) and not _can_be_bound(_NOBODYS)


def _can_be_bound(address: Address) -> bool:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _is_isatap(address: IPv6Address) -> bool:
    # A tunnel's interface id, under any prefix: it carries an IPv4 address, mostly a private one.
    return (int(address) >> 32) & 0xFDFFFFFF == 0x00005EFE


_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOBODYS = IPv4Address("203.0.113.77")
"""For documentation only: where it can be bound, the kernel lets any address be bound, and that says nothing."""
_NAT64 = IPv6Network("64:ff9b::/96")
# Beside what the library knows: shared, test and documentation ranges, and tunnels (Teredo, 6to4) that lead anywhere.
_NEVER = tuple(
    ip_network(text)
    for text in [
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "168.63.129.16/32",  # Azure's own services, under a public address
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
    ]
)
