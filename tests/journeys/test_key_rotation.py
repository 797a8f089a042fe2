"""Keys change under a running school: nobody restarts anything, and nobody is bothered who need not be."""

from __future__ import annotations

import asyncio
import signal

import pytest

from server.key_rotation import rotate
from server.settings import Settings
from tests.harness.people import Reply, call
from tests.harness.school import School, open_school


@pytest.fixture(scope="module")
async def lone_school(new_place):
    """Its keys are changed, so it is nobody else's."""
    async with open_school(new_place(), instances=1, with_worker=False) as school:
        yield school


async def published(school: School) -> Reply:
    return await call(school.http, "GET", f"{school.url}/.well-known/jwks.json", None, {})


async def after_hangup(school: School, kids: int, *, not_kid: str = "") -> set[str]:
    """Tell the process to look, and wait until it shows as many keys."""
    school.instances[0].process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(5):
        while True:
            shown = {key["kid"] for key in (await published(school)).body["keys"]}
            if len(shown) == kids and not_kid not in shown:
                return shown
            await asyncio.sleep(0.02)


async def test_keys_rotate_while_the_school_runs(lone_school: School):
    """The next key is published and nothing else changes; an emergency voids tokens and sockets, and sessions go on."""
    school, settings = lone_school, Settings(_env_file=None, data_dir=lone_school.place.data_dir)
    (first,) = (await published(school)).body["keys"]
    assert (await published(school)).headers["Cache-Control"] == "public, max-age=300"
    person = await school.person()
    coming = rotate(settings, at_once=False).key.signing.kid
    assert await after_hangup(school, 2) == {first["kid"], coming}
    assert (await person.get("/api/v1/users/me")).status == 200

    async with person.live() as live:
        alone = rotate(settings, at_once=True).key.signing.kid
        assert await after_hangup(school, 1, not_kid=first["kid"]) == {alone}
        await asyncio.wait_for(live.ended.wait(), 2)
    assert (await person.get("/api/v1/users/me")).status == 401
    renewed = await call(
        school.http, "POST", f"{school.url}/api/v1/auth/refresh", {"refreshToken": person.refresh_token}, {}
    )
    person.token = renewed.data["accessToken"]
    assert (await person.get("/api/v1/users/me")).status == 200
