"""A client by the book on a bare WebSocket, light enough for two thousand of them in one process."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from tests.harness.people import Person
from tests.harness.reducer import judged

HANDSHAKE = "/socket.io/?EIO=4&transport=websocket"
CLOSE = aiohttp.ClientWSTimeout(ws_close=0.2)


class Follower:
    """Follows one stream through every cut: applies the next number, drops a smaller one, asks about a gap.

    `applied` holds the numbers in the order of application, and `delays` how long after its commit each came.
    """

    def __init__(self, person: Person, stream: str, position: tuple[str, int]) -> None:
        self.person = person
        self.stream = stream
        self.position = position
        self.applied: list[int] = []
        self.payloads: list[Mapping[str, Any]] = []
        self.delays: list[float] = []
        self.repeats = self.gaps = self.connects = self.cuts = 0
        self.resets: list[str] = []
        self.refusals: list[Any] = []
        self.told: list[tuple[str, Any]] = []
        self.ended = asyncio.Event()
        self._namespace = stream.partition("/")[0]
        self._event = f"42/{self._namespace},"
        self._moved = asyncio.Event()

    async def follow(self, url: Callable[[Follower], str], pause_s: Callable[[], float]) -> None:
        """Connect, read to the end of the connection, come back; until cancelled."""
        while True:
            try:
                await self.connection(url(self))
            except (aiohttp.ClientError, OSError):
                await asyncio.sleep(0.02)
            self.cuts += 1
            await asyncio.sleep(pause_s())

    async def connection(self, url: str) -> None:
        """One connection, from its handshake to its end."""
        auth = {"token": self.person.token, "resume": {self.stream: list(self.position)}}
        async with self.person.http.ws_connect(url + HANDSHAKE, timeout=CLOSE, max_msg_size=0) as socket:
            await socket.send_str(f"40/{self._namespace},{orjson.dumps(auth).decode()}")
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._hear(socket, message.data)
        self.ended.set()

    async def reaches(self, seq: int, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while self.position[1] < seq:
                self._moved.clear()
                await self._moved.wait()

    async def _hear(self, socket: aiohttp.ClientWebSocketResponse, text: str) -> None:
        if text == "2":
            await socket.send_str("3")
        elif text.startswith("40/"):
            self.connects += 1
        elif text.startswith("44"):
            self.refusals.append(orjson.loads(text.partition(",")[2]))
        elif text.startswith(self._event):
            name, payload = orjson.loads(text[len(self._event) :])
            if payload.get("_stream") == self.stream:
                await self._take(socket, payload)
            else:
                self._tell(name, payload)

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, payload: Mapping[str, Any]) -> None:
        verdict = judged(self.position, payload)
        if verdict == "apply":
            self.position = (payload["_epoch"], payload["_seq"])
            self.applied.append(payload["_seq"])
            self.payloads.append(payload)
            self.delays.append(time.time() - datetime.fromisoformat(payload["_at"]).timestamp())
            self._moved.set()
        elif verdict == "drop":
            self.repeats += 1
        else:
            self.gaps += 1
            ask = {"stream": self.stream, "epoch": self.position[0], "seq": self.position[1]}
            await socket.send_str(f"{self._event}{orjson.dumps(['sync', ask]).decode()}")

    def _tell(self, name: str, payload: Any) -> None:
        self.told.append((name, payload))
        if name == "sync.reset" and payload["stream"] == self.stream:
            self.resets.append(payload["reason"])
        self._moved.set()

    async def hears(self, name: str, within_s: float = 10) -> Any:
        """The payload of the first event of that name that is not of the stream."""
        async with asyncio.timeout(within_s):
            while not (found := [payload for told, payload in self.told if told == name]):
                self._moved.clear()
                await self._moved.wait()
        return found[0]


@asynccontextmanager
async def traffic() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections that are all gone at the end of the block, none kept for later."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        yield http


def at_once() -> float:
    return random.uniform(0, 0.05)


@asynccontextmanager
async def following(
    *followers: Follower, url: Callable[[Follower], str], pause_s: Callable[[], float] = at_once
) -> AsyncIterator[None]:
    """Let them follow while the block runs, once each of them is connected."""
    tasks = [asyncio.create_task(one.follow(url, pause_s)) for one in followers]
    try:
        async with asyncio.timeout(30 + len(followers) / 20):
            while not all(one.connects for one in followers):
                await asyncio.sleep(0.02)
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in ended if not isinstance(one, asyncio.CancelledError)] == []


async def snapshot(person: Person, course: str) -> tuple[dict[str, Any], tuple[str, tuple[str, int]]]:
    """A course's feed, and the stream and position to follow it from."""
    feed = await person.get(f"/api/v1/announcements?courseId={course}&limit=100")
    assert feed.status == 200, feed.body
    ((stream, position),) = feed.body["asOf"].items()
    return {one["announcementId"]: one for one in feed.data}, (stream, tuple(position))
