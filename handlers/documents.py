"""The documents of the API, for people and for programs."""

from __future__ import annotations

import hashlib
from typing import Final

from handlers.call import Bare, Call, Gate, Route
from handlers.conditions import etag
from services.scopes import Scope

HTML: Final = "text/html"
CLOSED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGE_POLICY: Final = f"{CLOSED}; style-src 'self'"
API_PAGE_POLICY: Final = (
    f"{CLOSED}; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'"
)
"""Swagger UI sets styles on its elements; nothing comes from another address."""


async def openapi_document(call: Call[Scope, None]) -> Bare:
    """Describe every address of the API (OpenAPI 3.1)."""
    return _document(call.house.documents.openapi, "application/json")


async def asyncapi_document(call: Call[Scope, None]) -> Bare:
    """Describe every live event and every command (AsyncAPI 3.0)."""
    return _document(call.house.documents.asyncapi, "application/json")


async def api_page(call: Call[Scope, None]) -> Bare:
    """Show the API for reading and trying, without anything from another address."""
    return _document(call.house.documents.api_page, f"{HTML}; charset=utf-8", API_PAGE_POLICY)


async def events_page(call: Call[Scope, None]) -> Bare:
    """Show the live events and commands for reading."""
    return _document(call.house.documents.events_page, f"{HTML}; charset=utf-8", PAGE_POLICY)


def _document(body: bytes, content_type: str, policy: str = CLOSED) -> Bare:
    headers = {
        "ETag": f"W/{etag(None, hashlib.blake2b(body, digest_size=9).hexdigest())}",
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
        "Content-Security-Policy": policy,
    }
    return Bare(body, content_type=content_type, headers=headers, compressible=True)


ROUTES = (
    Route("GET", "/openapi.json", openapi_document, None, Gate.OPEN, at_root=True, media="application/json"),
    Route("GET", "/asyncapi.json", asyncapi_document, None, Gate.OPEN, at_root=True, media="application/json"),
    Route("GET", "/docs", api_page, None, Gate.OPEN, at_root=True, media=HTML),
    Route("GET", "/docs/events", events_page, None, Gate.OPEN, at_root=True, media=HTML),
)
