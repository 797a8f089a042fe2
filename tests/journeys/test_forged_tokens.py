"""The forged tokens of `tests/harness/forgeries.py` at the real doors: REST, sockets, streams of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.app import ISSUER
from server.keys import load_keys
from server.settings import Settings
from tests.harness.forgeries import Forger
from tests.harness.people import Person, call
from tests.harness.raw_socket import raw_socket
from tests.harness.school import School

VOLATILE = {"requestId", "request_id"}


@pytest.fixture
async def looked_up() -> AsyncIterator[list[object]]:
    """Everyone who followed an address that stands in a token; the last item is that address."""
    seen: list[object] = []
    server = await asyncio.start_server(lambda *streams: seen.append(streams), "127.0.0.1", 0)
    async with server:
        seen.append("http://{}:{}".format(*server.sockets[0].getsockname()))
        yield seen


def forged(school: School, owner: Person, canary: object) -> dict[str, str]:
    """Signed with the school's own key, for somebody who is there."""
    key = load_keys(Settings(_env_file=None, data_dir=school.place.data_dir)).signing[0]
    forger = Forger(key, ISSUER, user_id=owner.id, canary=str(canary))
    return {name: token for name, token in forger.forged().items() if token}


def plain(body: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in VOLATILE}


@pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/v1/events"])
async def test_s11_every_trick_is_refused_over_http_in_the_same_words(school: School, looked_up: list, path: str):
    """More than thirty tokens, one answer, and nobody asks anybody else about a key."""
    owner, answers = await school.person(), {}
    tokens = forged(school, owner, looked_up[0])
    sent = {name: token for name, token in tokens.items() if token.isascii() and token.isprintable()}
    for name, token in sent.items():
        if len(token) < 8000 and token.strip():
            reply = await call(school.http, "GET", school.url + path, None, {"Authorization": f"Bearer {token}"})
            answers[name] = (reply.status, plain(reply.body))
    without = await call(school.http, "GET", school.url + path, None, {})

    assert len(answers) > 100
    assert {name: said for name, said in answers.items() if said != (401, plain(without.body))} == {}
    assert len(looked_up) == 1


async def test_s11_every_trick_is_refused_on_a_socket_in_the_same_words(school: School, looked_up: list):
    """The words are those of REST."""
    owner, answers = await school.person(), {}
    tokens = forged(school, owner, looked_up[0])
    rest = await call(school.http, "GET", f"{school.url}/api/v1/users/me", None, {})
    for name, token in tokens.items():
        if len(token) < 30_000 and "\ud800" not in token:
            async with raw_socket(school.url) as socket:
                answers[name] = await socket.connect({"token": token})

    assert len(answers) > 100
    known = plain(rest.body)
    assert {name: said for name, said in answers.items() if said is None or said["code"] != known["code"]} == {}
    assert all(said["message"] == known["message"] for said in answers.values())
    assert len({str(sorted(plain(said).items())) for said in answers.values()}) == 1
    assert len(looked_up) == 1
