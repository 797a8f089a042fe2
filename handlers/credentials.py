"""Who calls: the bearer token or our own cookie, and the proof that a cookie needs."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass

from aiohttp import web

from handlers.call import Caller, Gate, Route, SetCookie
from handlers.render import language_of
from services.accounts.api_keys import PREFIX as API_KEY
from services.accounts.desk import Device
from services.accounts.devices import DEVICE_ID
from services.accounts.tokens import MAX_BYTES, Claims, Tokens
from services.client_address import TrustedProxies, prefix_of
from services.errors import CrossOrigin, DomainError, NotAuthenticated
from services.ports import ApiKeyDoor, RevocationList

SITE = "Sec-Fetch-Site"
"""Sent by every browser, and by no other program."""


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """Names and flags of the cookies. Over plain http (development) the port tells servers apart.

    Those of the device and of a visit to a provider also come along when another site leads here.
    """

    access_name: str
    refresh_name: str
    device_name: str
    secure: bool
    visit_name: str = "__Host-oidc"

    def set(self, response: web.StreamResponse, cookie: SetCookie) -> None:
        names = {
            "access": self.access_name,
            "refresh": self.refresh_name,
            "device": self.device_name,
            "visit": self.visit_name,
        }
        response.set_cookie(
            names[cookie.kind],
            cookie.value,
            max_age=cookie.max_age_s,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Lax" if cookie.kind in {"device", "visit"} else "Strict",
        )


@dataclass(frozen=True, slots=True)
class Origins:
    """Whose pages call us: our own, also behind a proxy that ends TLS, and those of the list, with tokens only."""

    public_url: str | None = None
    listed: Collection[str] = ()


class Admission:
    """Turns a request into an actor, or refuses it."""

    def __init__(
        self,
        tokens: Tokens,
        api_keys: ApiKeyDoor,
        revocations: RevocationList,
        cookies: CookiePolicy,
        *,
        proxies: TrustedProxies,
        origins: Origins,
    ) -> None:
        self._tokens = tokens
        self._api_keys = api_keys
        self._revocations = revocations
        self._cookies = cookies
        self._proxies = proxies
        self._origins = origins

    def address(self, request: web.Request) -> str:
        """Where the caller is, as the outermost proxy saw it that we trust. No other header counts."""
        return self._proxies.client(request.remote, request.headers.getall("X-Forwarded-For", ()))

    async def claims(self, route: Route, request: web.Request) -> Claims | None:
        """What the caller's token says, if there is one. On an open route one that is not valid counts as none."""
        if route.is_write and "Authorization" not in request.headers:
            self._check_page(request)
        try:
            return await self._verified(route, request)
        except DomainError:
            if route.requires is Gate.OPEN:
                return None
            raise

    def caller(self, request: web.Request, claims: Claims | None) -> Caller:
        """The client as the transport shows it."""
        refresh = request.cookies.get(self._cookies.refresh_name)
        if refresh is not None and not self._is_ours(request):
            refresh = None
        address = self.address(request)
        return Caller(
            device=Device(request.headers.get("User-Agent", "")[:300], prefix_of(address), self._device_id(request)),
            address=address,
            origin=f"{request.scheme}://{request.host}",
            is_browser=request.headers.get(SITE) == "same-origin",
            is_visit=SITE in request.headers,
            refresh_cookie=refresh,
            visit_cookie=request.cookies.get(self._cookies.visit_name),
            language=language_of(request.headers.get("Accept-Language", "")),
            asked_language=language_of(request.headers.get("Accept-Language", ""), "") or None,
            claims=claims,
            cursor=request.headers.get("Last-Event-ID"),
        )

    def _device_id(self, request: web.Request) -> str | None:
        """The cookie of a browser, a new one where it has none yet; other clients say it themselves, or do not."""
        is_browser = SITE in request.headers
        given = request.cookies.get(self._cookies.device_name) if is_browser else request.headers.get("X-Device-ID")
        if given is not None and DEVICE_ID.fullmatch(given):
            return given
        return secrets.token_urlsafe(24) if is_browser else None

    async def _verified(self, route: Route, request: web.Request) -> Claims | None:
        token = self._token(route, request)
        if token is None:
            return None
        if token.startswith(API_KEY) and "Authorization" in request.headers:  # never out of a cookie
            return await self._api_keys.verify(token, self.address(request))
        claims = self._tokens.verify(token)
        self._revocations.check(claims)
        return claims

    def _token(self, route: Route, request: web.Request) -> str | None:
        header = request.headers.get("Authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            if scheme.lower() != "bearer" or not token or len(token) > MAX_BYTES:
                raise NotAuthenticated
            return token.strip()
        cookie = request.cookies.get(self._cookies.access_name)
        if cookie and (route.streams or "Origin" in request.headers) and not self._is_ours(request):
            raise CrossOrigin
        return cookie

    def _check_page(self, request: web.Request) -> None:
        """Refuse a write that a page of somebody else makes, or that has our cookie and no proof.

        Without a cookie, too: the answer to a forged sign-out would take the browser's cookies away. Pages of the list
        may write, as guests.
        """
        has_cookie = not {self._cookies.access_name, self._cookies.refresh_name}.isdisjoint(request.cookies)
        is_known = not has_cookie and request.headers.get("Origin") in self._origins.listed
        if (has_cookie or is_a_page(request)) and not is_known and not self._is_ours(request):
            raise CrossOrigin

    def _is_ours(self, request: web.Request) -> bool:
        return is_same_origin(request, self._origins.public_url)


def is_a_page(request: web.Request) -> bool:
    """Whether a browser asks because of some page; other programs send neither header."""
    return "Origin" in request.headers or request.headers.get(SITE, "none") != "none"


def is_same_origin(request: web.Request, public_url: str | None = None) -> bool:
    """Whether the browser itself says that one of our pages makes this call (Fetch Metadata, else Origin).

    Behind a proxy that ends TLS only `public_url` says what origin our pages have.
    """
    site = request.headers.get(SITE)
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin in {f"{request.scheme}://{request.host}", public_url}
