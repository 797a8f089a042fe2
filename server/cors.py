"""Pages of other origins that may call the API: those of ALLOWED_ORIGINS, with a token and never with a cookie."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import aiohttp_cors
from aiohttp import web

SENT: Final = (
    *("Authorization", "Content-Type", "Accept-Language", "Idempotency-Key", "If-Match", "If-None-Match"),
    *("Last-Event-ID", "X-Request-ID"),
)
SHOWN: Final = (
    *("ETag", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate"),
    "X-Request-ID",
)
KEPT_S: Final = 600


def open_to(app: web.Application, origins: Collection[str]) -> None:
    """Let pages of these origins call everything that the application serves so far.

    Without credentials: a browser then shows them no answer to a call with cookies.
    """
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]
        allow_headers=SENT, expose_headers=SHOWN, allow_methods=methods, max_age=KEPT_S
    )
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(origins, options))
    for resource in list(app.router.resources()):
        cors.add(resource)
