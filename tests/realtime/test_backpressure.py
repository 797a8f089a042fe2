"""A client that asks for much at once is read no further, and nobody else waits for it."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from realtime.commands import COMMANDS, Command
from schemas.accounts import DoneOut
from schemas.types import In
from server.process import Lifecycle
from server.serving import serving
from tests.harness.people import sign_up
from tests.harness.raw_socket import frame, raw_socket

pytestmark = pytest.mark.filterwarnings("ignore:Bare functions:DeprecationWarning")  # aiohttp, of our endpoints


class Gate:
    """A command that takes as long as the test wants it to."""

    def __init__(self):
        self.begun = self.now = self.most = 0
        self.open = asyncio.Event()
        self.row = Command("slow", self.run, In, DoneOut, None)

    async def run(self, said):
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.open.wait()
        self.now -= 1
        return DoneOut()


@asynccontextmanager
async def serving_with(core, gate):
    """Two sockets of one person, on a server in this process that has one command more."""
    with_port = replace(core, settings=core.settings.model_copy(update={"port": 0, "spread_s": 0.0}))
    async with serving(with_port, Lifecycle(), commands=(*COMMANDS, gate.row)) as url, aiohttp.ClientSession() as http:
        token = (await sign_up(http, url)).token
        async with raw_socket(url, token) as one, raw_socket(url, token) as other:
            yield one, other


async def test_four_at_once(core):
    """Of twelve commands four run; the fifth is not even read until one has ended, and at the end all were answered."""
    gate = Gate()
    async with serving_with(core, gate) as (greedy, neighbour):
        greedy.send(*(frame(f'42/announcements,{number}["slow"]') for number in range(12)))
        for number in range(20):
            assert (await neighbour.ask("nonsense", number=number))["error"]["code"] == "unknown_command"
        assert (gate.begun, gate.most) == (4, 4)
        gate.open.set()
        assert [(await greedy.ack())["ok"] for _ in range(12)] == [True] * 12
        assert (gate.begun, gate.most) == (12, 4)


async def test_who_leaves_leaves_nothing(core):
    """A client that goes while its commands run is forgotten, and its commands end in peace."""
    gate = Gate()
    async with serving_with(core, gate) as (greedy, _), asyncio.timeout(10):
        greedy.send(*(frame(f'42/announcements,{number}["slow"]') for number in range(4)))
        while gate.now < 4:
            await asyncio.sleep(0.01)
        greedy.writer.transport.abort()
        while len(core.connections) > 1:
            await asyncio.sleep(0.01)
        gate.open.set()
        while gate.now:
            await asyncio.sleep(0.01)
