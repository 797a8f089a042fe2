"""A school on engines of its own, with a proxy on every way that bytes take between its parts."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import psutil
import pytest
from pymongo import AsyncMongoClient

from server.engines import Engines
from server.engines.mongod import mongod_url
from tests.harness.follower import Follower, snapshot
from tests.harness.people import Person, call
from tests.harness.process import Place, serve
from tests.harness.proxy import Proxy, address_of, proxy_to
from tests.harness.school import School, open_school


@dataclass(slots=True)
class Room:
    """A course with its teacher and one student, and the stream of its announcements."""

    instructor: Person
    student: Person
    course: str
    stream: str
    start: tuple[str, int]

    def follower(self, person: Person | None = None) -> Follower:
        return Follower(person or self.student, self.stream, self.start)

    async def log(self) -> list[dict]:
        """Every event of the stream, by a client that has none."""
        async with self.student.live(resume={self.stream: [self.start[0], 0]}) as live:
            await live.event("sync.ok", stream=self.stream)
            return [one.payload for one in live.told if (one.payload or {}).get("_stream") == self.stream]


@dataclass(slots=True)
class Wired:
    """Two instances. `doors` lead clients to them, `redis` each of them to Redis, `mongodb` both to MongoDB."""

    school: School
    engines: Engines
    doors: list[Proxy]
    redis: list[Proxy]
    mongodb: Proxy
    paused: list[psutil.Process] = field(default_factory=list)

    @property
    def answers_lost(self) -> int:
        return self.mongodb.answers_lost + sum(door.answers_lost for door in self.doors)

    def engine(self, name: str) -> psutil.Process:
        """The engine itself, a child of its keeper."""
        return psutil.Process(getattr(self.engines, name).pid).children()[0]

    async def revive(self, which: int) -> None:
        """Start an instance again after it was killed, behind the same door and on its own way to Redis."""
        redis_url = self.redis[which].redis_url
        self.school.instances[which] = await serve(self.school.place, REDIS_URL=redis_url)
        self.doors[which].target = address_of(self.school.instances[which].url)

    def pause(self, name: str) -> None:
        self.paused.append(self.engine(name))
        self.paused[-1].send_signal(signal.SIGSTOP)

    async def mend(self) -> None:
        """End every fault, and wait until both instances say that all is well."""
        while self.paused:
            self.paused.pop().send_signal(signal.SIGCONT)
        for proxy in (*self.doors, *self.redis, self.mongodb):
            proxy.mend()
        if self.engines.valkey.pid is None or not psutil.pid_exists(self.engines.valkey.pid):
            await self.engines.valkey.start()
        for url in (self.school.url, self.school.other_url):
            await health(self.school, url, "OK")


async def health(school: School, url: str, status: str, within_s: float = 15) -> None:
    """Wait until /health of an instance says so."""
    async with asyncio.timeout(within_s):
        while (await call(school.http, "GET", f"{url}/health", None, {})).body["status"] != status:
            await asyncio.sleep(0.02)


async def new_room(school: School, *students: Person) -> Room:
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student, *students)
    _, (stream, start) = await snapshot(student, course)
    return Room(instructor, student, course, stream, start)


@pytest.fixture
async def room(school: School) -> Room:
    return await new_room(school)


@pytest.fixture(scope="session")
async def wires(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Wired]:
    """Built once a run; take `wired`, which also waits until all is well again."""
    folder = tmp_path_factory.mktemp("wired")
    engines = Engines(folder / "engines")
    async with AsyncExitStack() as stack:
        await engines.start()
        stack.push_async_callback(engines.stop)
        mongodb = await stack.enter_async_context(proxy_to(str(engines.mongod.socket)))
        redis = [await stack.enter_async_context(proxy_to(str(engines.valkey.socket))) for _ in range(2)]
        place = Place(folder / "school", await behind(mongodb, engines), redis[0].redis_url, "wired")
        each = [{"REDIS_URL": one.redis_url} for one in redis]
        school = await stack.enter_async_context(open_school(place, with_worker=False, each=each))
        urls = (school.url, school.other_url)
        doors = [await stack.enter_async_context(proxy_to(address_of(url), window=4096)) for url in urls]
        yield Wired(school, engines, doors, redis, mongodb)
        for instance in school.instances:
            await instance.stop()


async def behind(proxy: Proxy, engines: Engines) -> str:
    """Make the proxy the replica set's only member, so that no client finds a way around it."""
    member = {"_id": 0, "host": f"127.0.0.1:{proxy.port}"}
    async with AsyncMongoClient(mongod_url(engines.mongod.socket), directConnection=True) as client:
        config = (await client.admin.command("replSetGetConfig"))["config"]
        changed = {**config, "version": config["version"] + 1, "members": [member]}
        await client.admin.command("replSetReconfig", changed, force=True)
        # Readers wait for something newer than the new configuration.
        await client.admin.command("appendOplogNote", 1, data={}, writeConcern={"w": "majority"})
    return f"mongodb://{member['host']}/?replicaSet=rs0"


@pytest.fixture
async def wired(wires: Wired) -> AsyncIterator[Wired]:
    try:
        yield wires
    finally:
        await wires.mend()
