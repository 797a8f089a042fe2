"""Signing in: whether the time of an answer tells who has an account, and what a crowd does to the loop."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from http import HTTPStatus
from itertools import count
from statistics import median
from typing import Final

import aiohttp

from bench.contestants import Contestant
from bench.stage import NotPlayableError, Options, Row, Server, Stage

PASSWORD: Final = "correct horse battery"  # noqa: S105 - of people who do not exist
TRIES_EACH: Final = 4
"""Wrong passwords for one account: fewer than make it wait."""

AT_ONCE: Final = 4
PING_EVERY_S: Final = 0.005
LAG: Final = "event_loop_lag_seconds_bucket{le="

_number = count(1)


async def play(stage: Stage, contestant: Contestant, load: Options) -> Row:
    """One server, and everybody from an address of their own."""
    samples, crowd = int(load["samples"]), int(load["clients"])
    async with stage.server(contestant) as server, aiohttp.ClientSession() as http:
        door = Door(server, http)
        known = await door.sign_up(max(crowd, -(-samples // TRIES_EACH)))
        times = await door.guess(known, samples)
        lag = await door.lag()
        pinging = asyncio.create_task(door.ping())
        began = time.perf_counter()
        waited = await asyncio.gather(*(door.come_in(email) for email in known[:crowd]))
        all_s = time.perf_counter() - began
        pinging.cancel()
        row = {"auc": auc(*times), "known_ms": median(times[0]) * 1000, "unknown_ms": median(times[1]) * 1000}
        lag_ms = 1000 * highest(lag, await door.lag())
        return {
            **row,
            "lag_ms": lag_ms,
            "ping_max_ms": door.longest_s * 1000,
            "all_s": all_s,
            "told_to_wait": sum(waited),
        }


class Door:
    """The server's REST door; each call comes from another place, as the proxy on this machine says."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{server.port}"
        self._http = http
        self.longest_s = 0.0

    async def sign_up(self, people: int) -> Sequence[str]:
        turns, emails = asyncio.Semaphore(AT_ONCE), [new_email() for _ in range(people)]

        async def one(email: str) -> None:
            draft = {"email": email, "password": PASSWORD, "firstName": "Pat", "lastName": "Bench"}
            async with turns:
                _expect(HTTPStatus.CREATED, await self._post("signup", draft))

        await asyncio.gather(*(one(email) for email in emails))
        return emails

    async def guess(self, known: Sequence[str], samples: int) -> tuple[Sequence[float], Sequence[float]]:
        """Seconds of wrong passwords, one after the other, for known accounts and for unknown ones."""
        times: tuple[list[float], list[float]] = ([], [])
        kinds = [0] * samples + [1] * samples
        random.shuffle(kinds)
        for kind in kinds:
            email = new_email() if kind else known[len(times[0]) % len(known)]
            began = time.perf_counter()
            _expect(HTTPStatus.UNAUTHORIZED, await self._post("signin", {"email": email, "password": "wrong"}))
            times[kind].append(time.perf_counter() - began)
        return times

    async def come_in(self, email: str) -> int:
        """Sign in; return how often one was told to come back."""
        for turn in count():
            status = await self._post("signin", {"email": email, "password": PASSWORD})
            if status != HTTPStatus.SERVICE_UNAVAILABLE:
                _expect(HTTPStatus.OK, status)
                return turn
            await asyncio.sleep(1)
        return 0

    async def ping(self) -> None:
        while True:
            began = time.perf_counter()
            async with self._http.get(f"{self._url}/livez") as reply:
                await reply.read()
            self.longest_s = max(self.longest_s, time.perf_counter() - began)
            await asyncio.sleep(PING_EVERY_S)

    async def lag(self) -> dict[float, float]:
        """How often the loop was late by at most so many seconds, since the server started."""
        async with self._http.get(f"{self._url}/metrics") as reply:
            lines = (await reply.text()).splitlines()
        cells = (line.removeprefix(LAG).split() for line in lines if line.startswith(LAG))
        return {float(bound.strip('"}').replace("+Inf", "inf")): float(times) for bound, times in cells}

    async def _post(self, path: str, body: dict[str, str]) -> int:
        number = next(_number)
        headers = {"X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
        async with self._http.post(f"{self._url}/api/v1/auth/{path}", json=body, headers=headers) as reply:
            await reply.read()
            return reply.status


def new_email() -> str:
    return f"bench{next(_number):09}@school.example"


def auc(first: Sequence[float], second: Sequence[float]) -> float:
    """The area under the ROC curve: how often the slower of a pair is of the slower kind, ties counting half."""
    wins = sum((one > other) + (one == other) / 2 for one in first for other in second)
    share = wins / (len(first) * len(second))
    return max(share, 1 - share)


def highest(before: dict[float, float], after: dict[float, float]) -> float:
    """The lowest bound below which all lay that was counted in between."""
    counted = {bound: after[bound] - before[bound] for bound in after}
    return min(bound for bound, times in counted.items() if times == max(counted.values()))


def _expect(status: HTTPStatus, got: int) -> None:
    if got != status:
        message = f"expected {status:d}, and the server said {got}"
        raise NotPlayableError(message)
