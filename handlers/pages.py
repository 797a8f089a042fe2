"""The pages for people: one shell with a nonce for each answer, and the modules that it loads."""

from __future__ import annotations

import secrets
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

WEB: Final = Path(__file__).resolve().parent.parent / "web"
FOLDERS: Final = ("app", "sdk", "vendor", "locales")
TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".ftl": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}
PUSH_WORKER: Final = WEB / "app" / "push-worker.js"
"""It works for the pages at /app/, though it lies elsewhere: it opens what a notification is about in one of them."""
POLICY: Final = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' https: data:; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def add_pages(app: web.Application) -> None:
    """Serve the shell at /app/, and the files of the allowed folders under /web/."""
    app.router.add_get("/", _redirect)
    app.router.add_get("/app", _redirect)
    app.router.add_get("/admin/realtime", _to_operations)
    app.router.add_get("/app/", _shell)
    app.router.add_get("/web/{name:.+}", _file)


async def _redirect(_request: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/app/"})


async def _to_operations(_request: web.Request) -> web.Response:
    """The page stands in the app; this is the address that operators are given."""
    return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/app/#/admin/realtime"})


async def _shell(_request: web.Request) -> web.Response:
    nonce = secrets.token_urlsafe(16)
    page = (WEB / "app" / "index.html").read_text(encoding="utf-8").replace("{nonce}", nonce)
    headers = {"Content-Security-Policy": POLICY.format(nonce=nonce)}
    return web.Response(text=page, content_type="text/html", charset="utf-8", headers=headers)


async def _file(request: web.Request) -> web.StreamResponse:
    """A file by its exact name; what is not in the list does not exist, so no path leads anywhere else."""
    path = files().get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    headers = {"Content-Type": TYPES[path.suffix], "Cache-Control": "no-cache"}
    if path == PUSH_WORKER:
        headers["Service-Worker-Allowed"] = "/app/"
    return web.FileResponse(path, headers=headers)


@cache
def files() -> dict[str, Path]:
    """Everything that is served under /web/, by its name there."""
    found = (path for folder in FOLDERS for path in (WEB / folder).rglob("*") if path.suffix in TYPES)
    return {path.relative_to(WEB).as_posix(): path for path in found if "node_modules" not in path.parts}
