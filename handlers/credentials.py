"""Who calls: the bearer token or our own cookie, and the proof that a cookie needs."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from handlers.call import Caller, Gate, Route, SetCookie
from handlers.render import language_of
from services.accounts.desk import Device
from services.accounts.tokens import MAX_BYTES, Claims, Tokens
from services.client_address import TrustedProxies, prefix_of
from services.errors import CrossOrigin, DomainError, NotAuthenticated
from services.ports import RevocationList


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """Names and flags of the two cookies. Over plain http (development) the port tells servers apart."""

    access_name: str
    refresh_name: str
    secure: bool

    def set(self, response: web.StreamResponse, cookie: SetCookie) -> None:
        name = self.access_name if cookie.kind == "access" else self.refresh_name
        response.set_cookie(
            name,
            cookie.value,
            max_age=cookie.max_age_s,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="Strict",
        )


class Admission:
    """Turns a request into an actor, or refuses it."""

    def __init__(
        self,
        tokens: Tokens,
        revocations: RevocationList,
        cookies: CookiePolicy,
        proxies: TrustedProxies,
        public_url: str | None,
    ) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._cookies = cookies
        self._proxies = proxies
        self._public_url = public_url

    def address(self, request: web.Request) -> str:
        """Where the caller is, as the outermost proxy saw it that we trust. No other header counts."""
        return self._proxies.client(request.remote, request.headers.getall("X-Forwarded-For", ()))

    def claims(self, route: Route, request: web.Request) -> Claims | None:
        """What the caller's token says, if there is one. On an open route one that is not valid counts as none."""
        try:
            return self._verified(route, request)
        except DomainError:
            if route.requires is Gate.OPEN:
                return None
            raise

    def caller(self, request: web.Request, claims: Claims | None) -> Caller:
        """The client as the transport shows it."""
        refresh = request.cookies.get(self._cookies.refresh_name)
        if refresh is not None and not is_same_origin(request, self._public_url):
            refresh = None
        address = self.address(request)
        return Caller(
            device=Device(request.headers.get("User-Agent", "")[:300], prefix_of(address)),
            address=address,
            origin=f"{request.scheme}://{request.host}",
            is_browser="Sec-Fetch-Site" in request.headers,
            refresh_cookie=refresh,
            language=language_of(request.headers.get("Accept-Language", "")),
            claims=claims,
            cursor=request.headers.get("Last-Event-ID"),
        )

    def _verified(self, route: Route, request: web.Request) -> Claims | None:
        token = self._token(route, request)
        if token is None:
            return None
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
        if cookie and self._needs_proof(route, request) and not is_same_origin(request, self._public_url):
            raise CrossOrigin
        return cookie

    def _needs_proof(self, route: Route, request: web.Request) -> bool:
        """A page of another origin that may call us (CORS) does so with a token, never with a cookie."""
        return route.is_write or route.streams or "Origin" in request.headers


def is_same_origin(request: web.Request, public_url: str | None = None) -> bool:
    """Whether the browser itself says that one of our pages makes this call (Fetch Metadata, else Origin).

    Behind a proxy that ends TLS only `public_url` says what origin our pages have.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and origin in {f"{request.scheme}://{request.host}", public_url}
