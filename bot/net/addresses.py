"""Which addresses are public: a table of our own, and the addresses hidden inside others. Knows no network."""

import ipaddress
from collections.abc import Iterable, Sequence

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPv6Network = ipaddress.IPv6Network

# Source: the IANA special-purpose registries. Python 3.11's own `is_global` says yes to several of these
# (reference/reliability.md 7.1 S3), so the table is ours.
_CLOSED_V4 = [
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure: metadata and DNS on a public number; the other clouds' lie in the ranges above
    )
]  # fmt: skip
# Only global unicast is dialled at all; inside it, what embeds or tunnels another address is closed:
# 2001::/23 holds Teredo, 2002::/16 is 6to4. Mapped, compatible, unique local, link-local (with AWS's and Google's
# metadata addresses), site-local and multicast numbers all lie outside.
_OPEN_V6 = IPv6Network("2000::/3")
_CLOSED_V6 = [IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")]
_ISATAP = (0x00005EFE, 0x02005EFE)
# A network that speaks IPv6 only reaches the IPv4 world through these numbers: judged by what is inside.
WELL_KNOWN_NAT64 = IPv6Network("64:ff9b::/96")
# Where a prefix of this length leaves the four bytes. Source: RFC 6052 2.2; byte 8 is never part of it.
_EMBEDDED_AT = {
    32: (4, 5, 6, 7),
    40: (5, 6, 7, 9),
    48: (6, 7, 9, 10),
    56: (7, 9, 10, 11),
    64: (9, 10, 11, 12),
    96: (12, 13, 14, 15),
}


def nat64_prefixes(texts: Iterable[str]) -> tuple[IPv6Network, ...]:
    """The host's own translation prefixes. Raises ValueError for what is none."""
    nets = tuple(IPv6Network(text.strip()) for text in texts if text.strip())
    for net in nets:
        if net.prefixlen not in _EMBEDDED_AT:
            raise ValueError(f"{net} is no NAT64 prefix: its length is one of 32, 40, 48, 56, 64, 96")
    return nets


def embedded_v4(address: ipaddress.IPv6Address, prefix: IPv6Network) -> ipaddress.IPv4Address:
    """The IPv4 address that a translator behind this prefix would dial."""
    packed = address.packed
    return ipaddress.IPv4Address(bytes(packed[at] for at in _EMBEDDED_AT[prefix.prefixlen]))


def is_public(address: IPAddress, nat64: Sequence[IPv6Network] = ()) -> bool:
    """Whether an address is one that anybody on the internet could be meant by. `nat64`: the host's own prefixes."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _CLOSED_V4)
    if address.scope_id:
        return False
    for prefix in (*nat64, WELL_KNOWN_NAT64):
        if address in prefix:
            return is_public(embedded_v4(address, prefix))
    if address not in _OPEN_V6 or any(address in net for net in _CLOSED_V6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in _ISATAP
