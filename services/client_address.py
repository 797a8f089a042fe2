"""Where a client really is, behind proxies that may be believed, and how much of that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network


KEPT: Final = 4096
"""Addresses that were read already: reading one costs 20 µs, as much as all else that is counted of a connect."""


class TrustedProxies:
    """The networks whose `X-Forwarded-For` is believed; what anybody else writes there counts for nothing."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network) for network in networks)

    def client(self, peer: str | None, forwarded_for: Sequence[str]) -> str:
        """The address that the outermost trusted proxy saw; empty on a Unix socket.

        All lines of the field count as one (RFC 9110 5.3): a proxy may add its hop as a line of its own.
        """
        address = _parsed(peer or "")
        for hop in reversed(",".join(forwarded_for).split(",")):
            if address is None or not self._trusts(address):
                break
            if (seen := _parsed(hop)) is None:
                break  # of what a proxy saw before it, nothing can be known
            address = seen
        return str(address) if address else ""

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def prefix_of(address: str) -> str:
    """The network of an address, /24 or /48: enough to recognise a place, too little to follow a person."""
    return _network(address, 24, 48)


def place_of(address: str) -> str:
    """What counts as one address: the whole of IPv4, and of IPv6 the /64 in which one household may choose freely."""
    return _network(address, 32, 64)


@lru_cache(KEPT)
def _network(address: str, of_v4: int, of_v6: int) -> str:
    ip = _parsed(address)
    return str(ip_network((ip, of_v4 if ip.version == 4 else of_v6), strict=False)) if ip else ""


@lru_cache(KEPT)
def _parsed(text: str) -> Address | None:
    try:
        ip = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip
