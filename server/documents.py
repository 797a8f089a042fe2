"""The documents of the API as bytes, and the files that their pages need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import orjson
from aiohttp import web

from server.asyncapi import asyncapi_document
from server.events_page import events_page
from server.openapi import openapi_document
from server.routes import ROUTES

WEB: Final = Path(__file__).resolve().parent.parent / "web"
ASSETS: Final = "/docs/assets"


@dataclass(frozen=True, slots=True)
class RenderedDocuments:
    """What is served; the same for every caller."""

    openapi: bytes
    asyncapi: bytes
    api_page: bytes
    events_page: bytes


@cache
def render_documents() -> RenderedDocuments:
    """Render everything once."""
    live = asyncapi_document(ROUTES)
    return RenderedDocuments(
        openapi=orjson.dumps(openapi_document(ROUTES)),
        asyncapi=orjson.dumps(live),
        api_page=(WEB / "docs" / "api.html").read_bytes(),
        events_page=events_page(live).encode(),
    )


def add_assets(app: web.Application) -> None:
    """Serve the scripts and styles of the pages, with ETag and 304."""
    app.router.add_static(f"{ASSETS}/swagger-ui", WEB / "vendor" / "swagger-ui")
    app.router.add_static(ASSETS, WEB / "docs")
