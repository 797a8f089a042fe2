"""S22: one JSON object a line, whatever clients write, and no secret in any."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import structlog

from server.logs import MAX_LINE, configure_logs
from tests.harness.people import Person, call, sign_up
from tests.harness.process import Running, serve
from tests.harness.raw_socket import raw_socket

NASTY = 'a\r\nb\n{"event":"forged"}\u2028c\u2029d\x85e\x1b[31mf\x9bg\u202eh\x00i\x7f'
RAW = ("\r", "\n", "\u2028", "\u2029", "\x85", "\x1b", "\x9b", "\u202e", "\x00", "\x7f")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """What one event is written as."""
    before = structlog.get_config(), logging.root.handlers[:], logging.root.level

    def said(event: str, **fields: object) -> str:
        configure_logs("debug")
        structlog.get_logger("test-logs").info(event, **fields)
        return capsys.readouterr().err

    yield said
    structlog.configure(**before[0])
    logging.basicConfig(level=before[2], handlers=before[1], force=True)


def test_s22_a_line_cannot_be_forged(said):
    """Nothing that a reader breaks lines at, or a terminal acts on, gets through as it is."""
    line = said(NASTY, **{"path": NASTY, NASTY: 1})
    assert line.endswith("\n")
    assert [one for one in RAW if one in line[:-1]] == []
    assert json.loads(line)["path"] == NASTY


@pytest.mark.parametrize("long", ["x" * 100_000, "é" * 9_000, "\x00" * 5_000, ["y" * 50_000]])
def test_s22_a_line_is_short(said, long: object):
    """8 KiB at most: what is too long is cut, and what a line is for stays."""
    line = said("crashed", text=long, exception=str(long) + "the last frame", request_id="r1", count=5)
    told = json.loads(line)
    assert len(line.encode()) <= MAX_LINE + 1
    assert (told["event"], told["request_id"], told["level"]) == ("crashed", "r1", "info")


def test_s22_many_long_fields_are_short_too(said):
    """However many: then the names that every line has are left."""
    line = said("crashed", request_id="r1", **{f"field{n}": "z" * 1000 for n in range(100)})
    assert len(line.encode()) <= MAX_LINE + 1
    assert json.loads(line)["cut"] is True


@pytest.mark.parametrize(
    "secret", ["eyJhbGciOiJFZERTQSJ9.e30.c2ln", "rt_65f0.AAAA", "inv_65f0.BBBB", "ck_1_x", "otpauth://totp/a?secret=B"]
)
def test_s22_tokens_of_ours_are_cut(said, secret: str):
    """Where a library quotes what it was given, too."""
    assert secret not in said("library", text=f"cannot read '{secret}' of the header")


CANARIES = {
    "password": "canary-password-1",
    "token": "eyJcanary.eyJcanary.canarytoken",
    "cookie": "canary-cookie-3",
    "refresh": "rt_65f0a1b2c3d4e5f60718293a.canaryrefresh",
    "code": "canary-code-5",
}


@pytest.fixture(scope="module")
async def talkative(new_place) -> AsyncIterator[Running]:
    """An instance that logs all there is."""
    running = await serve(new_place(), LOG_LEVEL="debug")
    yield running
    await running.stop()


async def misuse(http: aiohttp.ClientSession, url: str) -> str:
    """Put each canary wherever it can stand; returns all that was answered."""
    answers = []
    for path in ("/api/v1/auth/signin", "/api/v1/auth/signup", "/api/v1/auth/refresh", "/api/v1/auth/accept-invite"):
        for body in (CANARIES, {**CANARIES, "email": "a@school.example"}, {"email": CANARIES, "refreshToken": 5}):
            sent = {"Cookie": f"at-0={CANARIES['cookie']}; rt-0={CANARIES['refresh']}"}
            answers.append(await call(http, "POST", url + path, body, sent))
    for token in (CANARIES["token"], CANARIES["refresh"], "ck_" + CANARIES["code"]):
        header = {"Authorization": f"Bearer {token}", "User-Agent": token}
        answers.append(await call(http, "GET", f"{url}/api/v1/users/me?token={token}", None, header))
    return "".join(f"{answer.body}{answer.headers}" for answer in answers)


async def talk(person: Person) -> None:
    """Over a socket: a refused token, a refused command, and one that is taken."""
    async with raw_socket(person.url) as socket:
        await socket.connect({"token": CANARIES["token"]})
    async with raw_socket(person.url, person.token) as socket:
        await socket.ask("auth.refresh", {"token": CANARIES["token"]})
        await socket.ask(CANARIES["code"], {"password": CANARIES["password"]})


async def test_s22_no_secret_gets_into_logs_answers_or_figures(talkative: Running):
    """Passwords, tokens, cookies and codes, right and wrong ones; engine.io writes no payload."""
    async with aiohttp.ClientSession() as http:
        person = await sign_up(http, talkative.url)
        answers = await misuse(http, talkative.url)
        await talk(person)
        figures = (await call(http, "GET", f"{talkative.url}/metrics", None, {})).body.decode()
    log = Path(talkative.log).read_text(encoding="utf-8")
    secrets = {*CANARIES.values(), person.token, person.refresh_token, "correct horse battery"}
    assert '"event":"request"' in log
    assert [secret for secret in secrets if secret in log + figures] == []
    assert [secret for secret in secrets - {CANARIES["token"]} if secret in answers] == []


async def test_s22_every_line_is_one_object(talkative: Running):
    """Path, query, header and id with whatever they can hold, down to bytes that are no HTTP."""
    host, port = talkative.url.removeprefix("http://").split(":")
    marker = os.urandom(4).hex()
    for sent in (
        f"GET /{marker}%0d%0a%1b%5b31m%e2%80%a8 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        f"GET /x?{marker}=%0a HTTP/1.1\r\nHost: x\r\nUser-Agent: \x1b[31m\u2028\r\nConnection: close\r\n\r\n",
        f"GET /x HTTP/1.1\r\nHost: x\r\nX-Request-ID: {marker}\u2028\x85\r\nConnection: close\r\n\r\n",
        f"GET /x HTTP/1.1\r\nHost: x\r\nX-{marker}\x00: 1\r\n\r\n",
    ):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(sent.encode())
        await reader.read()
        writer.close()
    text = Path(talkative.log).read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)
    assert max(map(len, text.splitlines())) <= MAX_LINE
