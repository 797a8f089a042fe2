"""The shell and the files of the pages."""

from __future__ import annotations

import re

import pytest

from handlers.pages import files
from tests.harness.people import call
from tests.harness.school import School


async def test_every_shell_has_its_own_nonce(school: School):
    """Only scripts of ours, or with this answer's nonce, may run; nothing is framed, nothing comes from elsewhere."""
    shells = [await call(school.http, "GET", f"{school.url}/app/", None, {}) for _ in range(2)]
    policies = [shell.headers["Content-Security-Policy"] for shell in shells]
    nonces = [re.search(r"script-src 'self' 'nonce-([\w-]{20,})'", policy)[1] for policy in policies]
    assert nonces[0] != nonces[1]
    for nonce, shell in zip(nonces, shells, strict=True):
        assert shell.body.decode().count(f'nonce="{nonce}"') == shell.body.decode().count("<script")
        assert "unsafe" not in shell.headers["Content-Security-Policy"]


async def test_the_front_door_leads_to_the_app(school: School):
    """`/` and `/app` send browsers on to `/app/`."""
    for path in ("/", "/app"):
        async with school.http.get(school.url + path, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/app/")


async def test_files_are_served_with_type_and_etag(school: School):
    """Modules run only with the right type; a file that has not changed is not sent again."""
    address = f"{school.url}/web/sdk/index.js"
    first = await call(school.http, "GET", address, None, {})
    again = await call(school.http, "GET", address, None, {"If-None-Match": first.headers["ETag"]})
    assert first.headers["Content-Type"].startswith("text/javascript")
    assert (first.headers["X-Content-Type-Options"], first.headers["Cache-Control"]) == ("nosniff", "no-cache")
    assert (first.status, again.status) == (200, 304)


async def test_what_is_pushed_is_shown_by_a_worker_of_ours(school: School):
    """It may work for the pages at /app/, and no other file may work for any."""
    worker, other = [
        await call(school.http, "GET", f"{school.url}/web/app/{name}.js", None, {}) for name in ("push-worker", "main")
    ]
    assert worker.headers["Service-Worker-Allowed"] == "/app/"
    assert "Service-Worker-Allowed" not in other.headers
    shell = await call(school.http, "GET", f"{school.url}/app/", None, {})
    assert "worker-src 'self'" in shell.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["package.json", "sdk/../package.json", "sdk/%2e%2e/package.json", "%2fetc/passwd", "vendor/manifest.json"]
)
async def test_only_listed_files_exist(school: School, path: str):
    """No way of writing a path leads to a file that is not for browsers."""
    reply = await call(school.http, "GET", f"{school.url}/web/{path}", None, {})
    assert reply.status == 404
    assert "app/main.js" in files()
    assert not any("node_modules" in name for name in files())
