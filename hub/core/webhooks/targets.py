"""Where a webhook may go: which address an agency may register, and which machine the hub may then connect to.

An agency chooses the address, the hub makes the connection: so the hub could be made to speak with its own network, its
operator's, or its cloud's service of secrets (SSRF). Two gates, and both must be open:

1. The URL as text, when it is registered and before each try: one form alone, that no two parsers read differently.
   https, a name or a literal address, a port of the list; no user, no fragment, no other characters. A host that ends
   in a number but is no plain IPv4 address (`0x7f.1`, `2130706433`) is refused.
2. The address that was resolved, at each connection, on the very socket: one that is not of the public Internet is
   refused, under any name of today (DNS rebinding). IPv6 forms that carry an IPv4 address are judged by their own
   range.

`networks` opens ranges by name: in a network of the State's own, private addresses are the normal ones. Some stay shut
against any list: link-local ones, multicast, and where clouds tell secrets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from hub.core.errors import WebhookRefused

MOST_LETTERS: Final = 2_000
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_URL: Final = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,20})(?::([0-9]{1,5}))?"
    r"(/[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*)?(\?[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*)?"
)
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")

_NEVER: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "169.254.0.0/16",  # link-local, and 169.254.169.254: secrets of most clouds
        "100.100.100.200/32",  # the same of another cloud, in the range of CGNAT
        "168.63.129.16/32",  # the same of a third, a public address
        "192.0.0.192/32",  # the same of a fourth
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/128",
        "fd00:ec2::254/128",  # secrets of a cloud
        "fe80::/10",  # link-local
        "ff00::/8",  # multicast
    )
)
_CLOSED: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",  # CGNAT
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries IPv4
        "3fff::/20",
    )
)
_GLOBAL6: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out. Mapped (::ffff:0:0/96), translated (64:ff9b::/96) and private ones lie outside."""
_LOOPBACK: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


class Rules(NamedTuple):
    """`networks`: ranges that are open beside the public ones; `ports`: that may be named; `plain`: http is allowed,
    to this very machine."""

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (443,)
    plain: bool = False


class Target(NamedTuple):
    """A URL in its parts. `host` without brackets."""

    url: str
    scheme: str
    host: str
    port: int


def target(url: str, rules: Rules) -> Target:
    """The first gate. WebhookRefused names the fault."""
    found = _URL.fullmatch(url) if len(url) <= MOST_LETTERS else None
    if found is None:
        raise WebhookRefused(expected="https://host/path, without user, fragment or other letters", found=url[:80])
    scheme, host = found[1], found[2].strip("[]").lower()
    port = int(found[3] or (443 if scheme == "https" else 80))
    _check_host(host, scheme, rules)
    if not 0 < port < 65_536:
        raise WebhookRefused(expected="a port from 1 to 65535", found=str(port))
    if port not in rules.ports and not (scheme == "http" and rules.plain):
        raise WebhookRefused(expected=f"port {', '.join(map(str, rules.ports))}", found=str(port))
    return Target(url, scheme, host, port)


def shown(url: str) -> str:
    """The public part of a registered URL: without path and query, where receivers hide their secrets."""
    found = _URL.fullmatch(url)
    return f"{found[1]}://{found[2]}{':' if found[3] else ''}{found[3] or ''}" if found is not None else ""


def _check_host(host: str, scheme: str, rules: Rules) -> None:
    literal = _literal(host)
    if literal is None and (":" in host or _NUMBER.fullmatch(host.rpartition(".")[2])):
        raise WebhookRefused(expected="a name or a plain address", found=host[:80])
    if scheme == "http":
        if not rules.plain:
            raise WebhookRefused(expected="https", found="http")
        if literal is None or not any(literal in network for network in _LOOPBACK):
            raise WebhookRefused(expected="https, or 127.0.0.1 where webhooks.plain allows it", found=host[:80])
    if literal is not None:
        check_address(host, rules)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def check_address(text: str, rules: Rules) -> None:
    """The second gate. WebhookRefused for an address that no webhook may go to; `text` as a socket has it."""
    address = _literal(text.partition("%")[0])
    if address is None or not _may_reach(address, rules):
        raise WebhookRefused(expected="an address that webhooks may reach", found=text[:80])


def _may_reach(address: Address, rules: Rules) -> bool:
    if any(address in network for network in _NEVER):
        return False
    if rules.plain and any(address in network for network in _LOOPBACK):
        return True
    if any(address in network for network in rules.networks):
        return True
    if isinstance(address, IPv6Address) and address not in _GLOBAL6:
        return False
    return not any(address in network for network in _CLOSED)


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """ValueError for a text that is no range (`10.0.0.0/8`)."""
    return tuple(ip_network(text) for text in texts)
