"""Calls to other servers that cannot be turned against our own network (SSRF)."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPMethod
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from types import TracebackType
from typing import Final, Self, TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.typedefs import StrOrURL
from yarl import URL

from services.ports import OutgoingError

PORTS: Final = frozenset({80, 443})
WITHIN_S: Final = 10.0
MAX_ANSWER: Final = 1024 * 1024

_V6_IN_USE: Final = IPv6Network("2000::/3")
_V6_CARRYING_V4: Final = IPv6Network("64:ff9b::/96")
_V6_TUNNELS: Final = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))

Address: TypeAlias = IPv4Address | IPv6Address
SocketInfo: TypeAlias = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


class Perimeter:
    """Where calls may go: public addresses on the ports of the web, and the networks that the operator allows."""

    def __init__(self, allowed: Iterable[str] = (), ports: frozenset[int] = PORTS) -> None:
        self._allowed = tuple(ip_network(network) for network in allowed)
        self._ports = ports

    def admits(self, host: str, port: int) -> bool:
        """Whether a socket may be connected to this numerical address."""
        address = _meant(ip_address(host))
        if any(address in network for network in self._allowed):
            return True
        return port in self._ports and _is_public(address)

    def open(self, info: SocketInfo) -> socket.socket:
        """A socket for one address that a name stands for, or a literal: the last step before connecting.

        Nothing is looked up again between this check and the connection, so a name that changes its mind
        (DNS rebinding) cannot get past it.
        """
        family, kind, protocol, _, place = info
        if not self.admits(place[0], place[1]):
            message = f"{place[0]} port {place[1]} is out of bounds"
            raise PermissionError(errno.EACCES, message)
        return socket.socket(family, kind, protocol)


def _meant(address: Address) -> Address:
    """The address behind an IPv6 address that only carries one of IPv4."""
    if isinstance(address, IPv6Address):
        if address in _V6_CARRYING_V4:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address
    return address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        is_tunnel = any(address in network for network in _V6_TUNNELS)
        return address.is_global and address in _V6_IN_USE and not is_tunnel
    return address.is_global and not address.is_multicast and not address.is_reserved


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; a redirect is an answer like any other and is not followed."""

    status: int
    body: bytes


class HttpOutgoing:
    """The port `Outgoing` over aiohttp. Open it with `async with`."""

    def __init__(
        self, perimeter: Perimeter, resolver: AbstractResolver | None = None, within_s: float = WITHIN_S
    ) -> None:
        self._perimeter = perimeter
        self._resolver = resolver
        self._within_s = within_s

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                force_close=True,
                socket_factory=self._perimeter.open,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "coursewire", "Accept-Encoding": "identity"},
            auto_decompress=False,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        return await self._call(HTTPMethod.GET, url, None, headers)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        return await self._call(HTTPMethod.POST, url, body, headers)

    async def _call(self, method: HTTPMethod, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            async with (
                asyncio.timeout(self._within_s),
                self._session.request(
                    method, _checked(url), data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                return Answer(response.status, await _read(response.content))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            message = f"{method} {url.partition('?')[0]}: {type(error).__name__} {error}"
            raise OutgoingError(message) from error


def _checked(url: str) -> StrOrURL:
    parsed = URL(url)
    if parsed.scheme not in {"http", "https"} or not parsed.host or "@" in parsed.raw_authority:
        message = "the address is not a plain http or https address"
        raise ValueError(message)
    return parsed


async def _read(stream: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in stream.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            message = f"the answer is longer than {MAX_ANSWER} bytes"
            raise ValueError(message)
    return bytes(body)
