"""What an upgrade request says that counts later: where it comes from, in which language, and for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from schemas.types import now
from services.accounts import sessions
from services.accounts.tokens import Claims, Tokens
from services.client_address import TrustedProxies
from services.crypto import Keyring
from services.errors import NotAuthenticated, OriginNotAllowed
from services.scopes import GUEST, Scope
from services.unit import Unit

DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Cookies(Protocol):
    """The names of the session's cookies; `secure` when they are given out over https alone."""

    @property
    def access_name(self) -> str: ...

    @property
    def refresh_name(self) -> str: ...

    @property
    def secure(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Handshake:
    """Cookies are held only if one of our own pages asked for the upgrade (OWASP: cross-site WebSocket hijacking)."""

    address: str
    language: str
    access_cookie: str | None = None
    refresh_cookie: str | None = None

    @property
    def without_cookies(self) -> Handshake:
        return Handshake(self.address, self.language)


class Doorkeeper:
    """Looks at upgrade requests before they are answered."""

    def __init__(
        self,
        allowed_origins: Collection[str],
        proxies: TrustedProxies,
        cookies: Cookies,
        public_url: str | None = None,
    ) -> None:
        self._allowed = {*allowed_origins, *filter(None, [public_url])}
        self._proxies = proxies
        self._cookies = cookies
        self._public_url = public_url

    def greet(self, request: web.Request) -> Handshake:
        """What the request says, or `OriginNotAllowed`."""
        headers, host = request.headers, request.headers.get("Host", "")
        if len(headers.getall("Origin", ())) > 1 or not origin_allowed(headers, host, self._allowed):
            raise OriginNotAllowed
        address = self._proxies.client(request.remote, headers.getall("X-Forwarded-For", ()))
        language = "fr" if headers.get("Accept-Language", "").lower().startswith("fr") else "en"
        if not is_own_page(headers, host, over_https=self._cookies.secure, public_url=self._public_url):
            return Handshake(address, language)
        given = request.cookies
        return Handshake(address, language, given.get(self._cookies.access_name), given.get(self._cookies.refresh_name))


def origin_allowed(headers: Mapping[str, str], host: str, allowed: Collection[str]) -> bool:
    """Whether whoever asks may connect: no browser (no Origin), one of our own pages, or an origin of the list.

    Of our own pages `host`, the Host header, decides and not the scheme: behind a proxy that ends TLS the server
    does not see https.
    """
    origin = headers.get("Origin")
    return origin is None or origin in allowed or _is_same_host(origin, host)


def is_own_page(headers: Mapping[str, str], host: str, *, over_https: bool, public_url: str | None = None) -> bool:
    """The proof that a cookie needs: an Origin of ours, over https where cookies are, and no word against it."""
    origin = headers.get("Origin", "")
    if over_https and not origin.startswith("https://"):
        return False
    is_ours = origin == public_url or _is_same_host(origin, host)
    return is_ours and headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _is_same_host(origin: str, host: str) -> bool:
    scheme, _, place = origin.partition("://")
    if scheme not in DEFAULT_PORTS:
        return False
    ours = _with_port(scheme, host)
    return ours is not None and _with_port(scheme, place) == ours


def _with_port(scheme: str, place: str) -> tuple[str, int] | None:
    """Name and port of a text that is nothing but these, else None."""
    try:
        parts = urlsplit(f"//{place}")
        port = parts.port
    except ValueError:
        return None
    if parts.netloc != place or parts.hostname is None or parts.username is not None:
        return None
    return parts.hostname, port or DEFAULT_PORTS[scheme]


async def claims_of(handshake: Handshake, tokens: Tokens, keys: Keyring) -> Claims:
    """Whom the cookies speak for, or `NotAuthenticated`.

    The access cookie, else the refresh cookie, which is looked up and not exchanged: as for a stream of events.
    """
    if handshake.access_cookie:
        try:
            return tokens.verify(handshake.access_cookie)
        except NotAuthenticated:
            if not handshake.refresh_cookie:
                raise
    claims = await sessions.peek(Scope(GUEST, Unit(now()), keys), handshake.refresh_cookie)
    if claims is None:
        raise NotAuthenticated
    return claims
