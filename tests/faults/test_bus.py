"""Redis that dies, freezes or falls silent in one direction: noticed within 3 s, back within 3 s, order kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from realtime.bus import Bus, BusHandlers
from server.engines import EngineUrls, Valkey, find_valkey
from server.metrics import Metrics
from services.event_log import WireEvent
from tests.harness.proxy import BLACKHOLE, STALL, Fault, Proxy, Way, proxy_to, socket_of

STREAM = f"announcements/course:{7:024x}"


class Instance:
    """A bus of its own, and what it heard."""

    def __init__(self, url: str, prefix: str) -> None:
        self.metrics = Metrics()
        self.bus = Bus(url, prefix, self.metrics)
        self.heard: list[int] = []
        self.recoveries = 0

    def hear(self, event: WireEvent) -> None:
        self.heard.append(event.seq)

    def recover(self) -> None:
        self.recoveries += 1

    def say(self, *numbers: int) -> None:
        for seq in numbers:
            at = datetime.now(UTC)
            self.bus.publish(WireEvent(STREAM, seq, "announcement.posted", "{}", "f", None, None, at))

    async def figure(self, name: str) -> float:
        lines = (await self.metrics.text()).decode().splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))

    async def becomes(self, *, up: bool, within_s: float = 3.0) -> None:
        await until(lambda: self.bus.is_up == up, within_s)


async def until(condition: Callable[[], bool], within_s: float = 3.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def instance(url: str, prefix: str = "bus:") -> AsyncIterator[Instance]:
    found = Instance(url, prefix)
    handlers = BusHandlers(found.hear, lambda: None, found.recover, lambda _: None)
    running = asyncio.create_task(found.bus.run(handlers))
    try:
        await found.becomes(up=True)
        await found.bus.subscribe(STREAM)
        yield found
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


OUTAGES: dict[str, Callable[[Proxy], None]] = {
    "cut": lambda proxy: proxy.cut(),
    "silent": lambda proxy: proxy.suffer(BLACKHOLE),
    "silent_there": lambda proxy: proxy.suffer(Fault(holds=frozenset({Way.THERE}))),
    "silent_back": lambda proxy: proxy.suffer(STALL),
}


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_broken_network_is_noticed_and_mended(engines: EngineUrls, outage: str):
    """Whichever way it breaks: down within 3 s, up within 3 s, hints of the time between in order."""
    async with (
        proxy_to(socket_of(engines.redis_url)) as proxy,
        instance(proxy.redis_url, f"{outage}:") as here,
        instance(engines.redis_url, f"{outage}:") as there,
    ):
        OUTAGES[outage](proxy)
        await here.becomes(up=False)
        here.say(1, 2, 3)
        await here.bus.touched(["course:1"])
        proxy.mend()
        await here.becomes(up=True)
        here.say(4)
        await until(lambda: here.heard[-1:] == there.heard[-1:] == [4])
        assert sorted(set(there.heard)) == [1, 2, 3, 4]
        assert there.recoveries == 1
        assert there.bus.is_up
        assert await here.figure("redis_bus_up") == 1


@pytest.fixture
async def valkey(tmp_path: Path) -> AsyncIterator[Valkey]:
    """An engine of its own, which may be stopped and killed."""
    engine = Valkey(tmp_path, find_valkey(None))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def process_of(valkey: Valkey) -> psutil.Process:
    (child,) = psutil.Process(valkey.pid).children()
    return child


async def test_a_frozen_server(valkey: Valkey):
    """It takes connections and answers nothing; probes fail, and their count and the lag say so."""
    async with instance(valkey.url) as here:
        process = process_of(valkey)
        process.suspend()
        await here.becomes(up=False)
        assert await here.figure("redis_probe_failures_total") >= 1
        process.resume()
        await here.becomes(up=True)
        here.say(1)
        await until(lambda: here.heard == [1])
        assert await here.figure("redis_probe_seconds_count") >= 2


async def test_a_killed_server(valkey: Valkey):
    """Its end is noticed at once; the new one is asked for every channel again."""
    async with instance(valkey.url) as here:
        process_of(valkey).kill()
        await here.becomes(up=False, within_s=0.5)
        await valkey.wait()
        await valkey.start()
        await here.becomes(up=True)
        assert here.recoveries == 2
        here.say(1)
        await until(lambda: here.heard == [1])


async def test_what_is_fleeting_does_not_outlive_an_outage(engines: EngineUrls):
    """Who was typing before it is told to nobody after it; events are."""
    async with proxy_to(socket_of(engines.redis_url)) as proxy, instance(proxy.redis_url, "fleeting:") as here:
        proxy.cut()
        await here.becomes(up=False)
        here.say(0, 1, 0, 2)
        proxy.mend()
        await here.becomes(up=True)
        here.say(3, 0)
        await until(lambda: 0 in here.heard and 3 in here.heard)
        assert here.heard.count(0) == 1
        assert await here.figure("redis_hints_dropped_total") >= 2


async def test_ten_thousand_streams_at_once(engines: EngineUrls):
    """A storm of users is confirmed within seconds, and each stream is heard."""
    names = [f"notifications/user:{n:024x}" for n in range(10_000)]
    async with instance(engines.redis_url, "storm:") as here:
        async with asyncio.timeout(5):
            await asyncio.gather(*map(here.bus.subscribe, names))
        at = datetime.now(UTC)
        for seq, name in enumerate(names, 1):
            here.bus.publish(WireEvent(name, seq, "notification.new", "{}", "f", None, None, at))
        await until(lambda: len(here.heard) == len(names), 10)
        assert here.heard == list(range(1, len(names) + 1))
