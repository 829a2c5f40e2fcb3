"""Decides whether an IP address is public, including IPv4 addresses embedded in IPv6 ones. Stateless."""

import ipaddress
from collections.abc import Iterable, Sequence

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPv6Network = ipaddress.IPv6Network

# Source: the IANA special-purpose registries. Python 3.11's `is_global` is true for several of these
# (reference/reliability.md 7.1 S3), hence this table.
_BLOCKED_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure: metadata and DNS on a public address; other clouds use the ranges above
    )
]  # fmt: skip
# Only global unicast addresses are public. Within them, ranges that embed or tunnel another address are blocked:
# 2001::/23 contains Teredo, 2002::/16 is 6to4. Mapped, compatible, unique local, link-local (including the metadata
# addresses of AWS and Google), site-local and multicast addresses are not global unicast.
_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")
_BLOCKED_V6 = [
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
]
_ISATAP = (0x00005EFE, 0x02005EFE)
# An IPv6-only network reaches IPv4 hosts through this prefix: the embedded IPv4 address decides.
WELL_KNOWN_NAT64 = IPv6Network("64:ff9b::/96")
# Positions of the four IPv4 bytes by prefix length. Source: RFC 6052 2.2; byte 8 is always reserved.
_EMBEDDED_BYTES = {
    32: (4, 5, 6, 7),
    40: (5, 6, 7, 9),
    48: (6, 7, 9, 10),
    56: (7, 9, 10, 11),
    64: (9, 10, 11, 12),
    96: (12, 13, 14, 15),
}


def nat64_prefixes(texts: Iterable[str]) -> tuple[IPv6Network, ...]:
    """Parse the host's NAT64 prefixes. Raise ValueError if one is invalid."""
    networks = tuple(IPv6Network(text.strip()) for text in texts if text.strip())
    for network in networks:
        if network.prefixlen not in _EMBEDDED_BYTES:
            raise ValueError(f"{network} is not a NAT64 prefix: the length must be 32, 40, 48, 56, 64 or 96")
    return networks


def embedded_v4(address: ipaddress.IPv6Address, prefix: IPv6Network) -> ipaddress.IPv4Address:
    """Return the IPv4 address that the NAT64 gateway of this prefix would connect to."""
    packed = address.packed
    return ipaddress.IPv4Address(bytes(packed[position] for position in _EMBEDDED_BYTES[prefix.prefixlen]))


def is_public(address: IPAddress, nat64: Sequence[IPv6Network] = ()) -> bool:
    """Return whether an address is publicly routable. `nat64` holds the host's own prefixes."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _BLOCKED_V4)
    if address.scope_id:
        return False
    for prefix in (*nat64, WELL_KNOWN_NAT64):
        if address in prefix:
            return is_public(embedded_v4(address, prefix))
    if address not in _GLOBAL_UNICAST_V6 or any(address in network for network in _BLOCKED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP
