"""The headers that every answer carries, whatever made it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from handlers.endpoint import REQUEST_ID, STANDING

SECURITY: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""Unless the answer says otherwise: our pages have policies of their own, and what is public may be kept."""

HSTS: Final = "max-age=31536000"


def add_headers(app: web.Application, *, over_https: bool, by_origin: bool) -> None:
    """Have every answer carry them, streams and files too; what says `Upgrade` is nobody's document.

    `by_origin` when answers differ by who asks from where, which caches must know.
    """
    always = {**SECURITY, "Strict-Transport-Security": HSTS} if over_https else SECURITY
    app.on_response_prepare.append(_adds(always, by_origin=by_origin))


def _adds(
    always: Mapping[str, str], *, by_origin: bool
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers.popall(hdrs.SERVER, None)  # which software answers is nobody's business
        headers["X-Request-ID"] = request.get(REQUEST_ID, "")
        if response.status == HTTPStatus.SWITCHING_PROTOCOLS:
            return
        for name, value in always.items():
            headers.setdefault(name, value)
        if (standing := request.get(STANDING)) is not None:
            headers.update(standing.headers)
        if by_origin:
            headers[hdrs.VARY] = ", ".join([*headers.getall(hdrs.VARY, ()), hdrs.ORIGIN])

    return add
