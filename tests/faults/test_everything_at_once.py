"""Whatever breaks, in any order: nothing lost, nothing twice, nothing out of order."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.faults.conftest import Wired, new_room
from tests.harness.follower import following, traffic
from tests.harness.history import History, check_followers, p99
from tests.harness.proxy import BLACKHOLE, STALL, Fault

pytestmark = pytest.mark.xdist_group("wired")
HOLDS_S = 2.5


async def kill_instance(wired: Wired, which: int) -> None:
    await wired.school.instances[which].kill()
    await wired.revive(which)


async def kill_redis(wired: Wired, _: int) -> None:
    wired.engine("valkey").kill()
    await wired.engines.valkey.wait()
    await asyncio.sleep(HOLDS_S)
    await wired.engines.valkey.start()


async def pause_redis(wired: Wired, _: int) -> None:
    wired.pause("valkey")
    await asyncio.sleep(HOLDS_S)


async def lose_redis(wired: Wired, which: int) -> None:
    wired.redis[which].suffer(BLACKHOLE)
    await asyncio.sleep(HOLDS_S)


async def deafen(wired: Wired, which: int) -> None:
    wired.redis[which].suffer(STALL)
    await asyncio.sleep(HOLDS_S)


async def pause_mongodb(wired: Wired, _: int) -> None:
    wired.pause("mongod")
    await asyncio.sleep(HOLDS_S)


async def cut_mongodb(wired: Wired, _: int) -> None:
    wired.mongodb.reset()


async def lose_commit(wired: Wired, _: int) -> None:
    wired.mongodb.lose_answer_to(b"commitTransaction")


async def lose_reply(wired: Wired, which: int) -> None:
    wired.doors[which].lose_answer_to(b"POST /api/v1/announcements")


async def cut_clients(wired: Wired, which: int) -> None:
    wired.doors[which].reset()


async def slow_clients(wired: Wired, which: int) -> None:
    wired.doors[which].suffer(Fault(delay_s=0.2))
    await asyncio.sleep(HOLDS_S)


FAULTS: tuple[Callable[[Wired, int], Awaitable[None]], ...] = (
    *(kill_instance, kill_redis, pause_redis, lose_redis, deafen),
    *(pause_mongodb, cut_mongodb, lose_commit, lose_reply, cut_clients, slow_clients),
)


def schedule(count: int, seed: int) -> list[tuple[Callable[[Wired, int], Awaitable[None]], int]]:
    """Every fault equally often, in a random order that the seed repeats."""
    chance = random.Random(seed)
    faults = [FAULTS[n % len(FAULTS)] for n in range(count)]
    chance.shuffle(faults)
    return [(fault, chance.randrange(2)) for fault in faults]


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_breaks_nothing_is_lost(wired: Wired, seed: int, record_property):
    """Sixty-six faults under steady writes and thirty followers through both instances."""
    room, history, chance, met = await new_room(wired.school), History(), random.Random(seed), Counter()
    async with traffic() as http:
        writers = [room.instructor.at(door.url, http) for door in wired.doors]
        followers = [room.follower(room.student.at(wired.doors[0].url, http)) for _ in range(30)]
        async with following(*followers, url=lambda _: wired.doors[chance.randrange(2)].url):
            async with history.being_written(writers, room.course, per_s=40):
                for fault, which in schedule(66, seed):
                    await fault(wired, which)
                    await wired.mend()
                    met[fault.__name__] += 1
                    await asyncio.sleep(chance.uniform(0, 0.5))
            await asyncio.gather(*(one.reaches(len(history.acknowledged), 30) for one in followers))
    history.check(followers[0].payloads)
    check_followers(followers, len(history.acknowledged))
    record_property("faults", sum(met.values()))
    record_property("acknowledged", len(history.acknowledged))
    record_property("unknown, repeated", history.unknown)
    record_property("repeats dropped by clients", sum(one.repeats for one in followers))
    record_property("http_p99_s", round(p99(history.times), 2))
