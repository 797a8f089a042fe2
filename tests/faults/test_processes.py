"""Several web processes on one socket: they come, they go, and callers do not notice."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from server.seed import DEMO_PASSWORD, INSTRUCTOR, STUDENT
from tests.harness.people import feed, sign_in
from tests.harness.process import Running, serve, up
from tests.harness.school import NEW_COURSE, announce, open_school
from tests.web.test_sdk import following

WITHIN_S = 30.0
CALLS = 'http_request_duration_seconds_count{method="GET",route="/livez",status_code="200"}'


@dataclass(frozen=True, slots=True)
class Supervised:
    """A school under `up` with two web processes, and the folder where its processes leave their pids."""

    running: Running
    folder: Path

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def pids(self) -> dict[str, int]:
        found = {}
        for path in self.folder.glob("*.pid"):
            with suppress(FileNotFoundError):  # gone since it was listed
                found[path.stem] = int(path.read_text() or 0)
        return found

    async def changed(self, before: dict[str, int]) -> None:
        """Wait until each process of `before` is another one that serves."""
        await until(lambda: all(self.pids.get(name, pid) != pid for name, pid in before.items()))

    async def figures(self, http: aiohttp.ClientSession) -> dict[str, float]:
        """Every figure by name and labels; 0 for what was never counted."""
        async with http.get(f"{self.url}/metrics") as reply:
            lines = [line for line in (await reply.text()).splitlines() if not line.startswith("#")]
        counted = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
        return defaultdict(float, counted)


@pytest.fixture(scope="module")
async def supervised(new_place) -> AsyncIterator[Supervised]:
    place = new_place()
    running = await up(place, WEB_PROCESSES="2")
    try:
        yield Supervised(running, place.data_dir / "run" / running.url.rpartition(":")[2])
    finally:
        await running.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not holds():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def load(
    call: Callable[[], Awaitable[object]], at_once: int = 8, pause_s: float = 0.02
) -> AsyncIterator[Counter[str]]:
    """Call again and again beside the block; yields how often each outcome was seen."""
    outcomes: Counter[str] = Counter()
    stopping = asyncio.Event()

    async def go_on() -> None:
        while not stopping.is_set():
            try:
                outcomes[str(await call())] += 1
            except (aiohttp.ClientError, OSError) as error:
                outcomes[type(error).__name__] += 1
            await asyncio.sleep(pause_s)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(go_on())
        yield outcomes
        stopping.set()


async def test_what_arrives_while_every_process_is_dead_waits_for_the_next(supervised: Supervised):
    """The socket outlives its processes: a connection attempt is answered late, never refused."""
    before = {name: pid for name, pid in supervised.pids.items() if name.startswith("web")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    patient = aiohttp.ClientTimeout(total=WITHIN_S)
    async with aiohttp.ClientSession(timeout=patient) as http, http.get(f"{supervised.url}/livez") as reply:
        assert reply.status == 200
    await supervised.changed(before)


async def test_a_killed_process_costs_no_connection_attempt_and_no_figure(supervised: Supervised):
    """Its sibling goes on, its successor serves, and what was counted stays counted."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:

        async def call() -> int:
            async with http.get(f"{supervised.url}/livez") as reply:
                return reply.status

        async with load(call) as outcomes:
            await until(lambda: outcomes["200"] > 100)
            first, before = {"web-1": supervised.pids["web-1"]}, await supervised.figures(http)
            os.kill(first["web-1"], signal.SIGKILL)
            await supervised.changed(first)
        assert outcomes.keys() <= {"200", "ServerDisconnectedError", "ClientOSError"}, outcomes
        assert outcomes.total() - outcomes["200"] <= 8, "only what the dead one had taken"
        after = await supervised.figures(http)
    before.pop("active_users_total")  # a gauge, whatever its name says: it falls with the process that held it
    counted = {name for name in before if name.partition("{")[0].endswith(("_count", "_total"))}
    assert {name for name in counted if after[name] < before[name]} == set()
    assert after[CALLS] - before[CALLS] >= outcomes["200"] - 120
    assert after['process_ended_total{process="web-1"}'] == before['process_ended_total{process="web-1"}'] + 1
    assert after['process_up{process="web-1"}'] == 1


async def test_both_processes_take_connections_and_any_of_them_counts_for_both(supervised: Supervised):
    """Whoever answers, /metrics knows of every call and every live connection."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        before = await supervised.figures(http)
        student = await sign_in(http, supervised.url, STUDENT.email, DEMO_PASSWORD)
        async with AsyncExitStack() as stack:
            for _ in range(6):
                await (await stack.enter_async_context(student.live())).event("sync.ok")
            for _ in range(200):
                async with http.get(f"{supervised.url}/livez") as reply:
                    assert reply.status == 200
            seen = [await supervised.figures(http) for _ in range(10)]
    assert {one["ws_connections"] for one in seen} == {before["ws_connections"] + 6}
    assert {one[CALLS] for one in seen} == {before[CALLS] + 200}


async def test_a_restart_one_by_one_loses_no_call_and_no_event(supervised: Supervised):
    """SIGUSR1: every process is another one afterwards; each call was answered, and a reader missed nothing."""
    async with aiohttp.ClientSession() as http:
        instructor = await sign_in(http, supervised.url, INSTRUCTOR.email, DEMO_PASSWORD)
        course = (await instructor.post("/api/v1/courses", NEW_COURSE)).data["courseId"]
        stream, before = f"announcements/course:{course}", supervised.pids
        async with instructor.live() as live:
            epoch, start = (await live.watch(course))[stream]

        async def call() -> str:
            await announce(instructor, course)
            return "201"

        async with load(call, at_once=2, pause_s=0.1) as outcomes:
            supervised.running.process.send_signal(signal.SIGUSR1)
            await supervised.changed(before)
        assert set(outcomes) == {"201"}
        async with instructor.live() as live:
            await live.watch(course, resume={stream: [epoch, start]})
            await live.until(lambda _: len(live.numbers(stream)) == outcomes["201"])


async def test_the_browser_client_moves_on_by_itself(supervised: Supervised):
    """Its process begins anew: it comes back at once, is never offline, and applies each event once."""
    async with aiohttp.ClientSession() as http:
        instructor = await sign_in(http, supervised.url, INSTRUCTOR.email, DEMO_PASSWORD)
        course = (await instructor.post("/api/v1/courses", NEW_COURSE)).data["courseId"]
        reader = await sign_in(http, supervised.url, INSTRUCTOR.email, DEMO_PASSWORD)
        async with following(supervised.url, reader, course, transports=["websocket"]) as program:
            await program.until("state", "live")
            before = supervised.pids
            supervised.running.process.send_signal(signal.SIGUSR1)
            await announce(instructor, course, "During")
            await supervised.changed(before)
            await announce(instructor, course, "After")
            await program.applied("After")
    assert program.titles == ["During", "After"]
    assert "resuming" in program.states[program.states.index("live") :]
    assert "offline" not in program.states[program.states.index("live") :]


async def test_stopping_a_node_under_load_loses_no_call(new_place):
    """Two nodes, callers that try the other one when they cannot connect, as a proxy does; SIGTERM to one."""
    async with open_school(new_place(), with_worker=False) as school:
        instructor = await school.person("instructor")
        course = await school.course(instructor)
        both = [instructor.at(url) for url in (school.url, school.other_url)]

        async def call() -> str:
            for person in both:
                try:
                    await announce(person, course)
                except aiohttp.ClientConnectorError:
                    continue
                return "201"
            return "nobody"

        async with load(call) as outcomes:
            await until(lambda: outcomes["201"] > 50)
            began = time.monotonic()
            assert await school.instances[0].stop() == 0
            assert time.monotonic() - began < 30
            done = outcomes["201"]
            await until(lambda: outcomes["201"] > done + 50)
        assert set(outcomes) == {"201"}, outcomes


async def test_before_it_stops_listening_a_node_says_that_it_is_not_ready(new_place):
    """During the notice `/readyz` is 503 and calls are answered; then nothing listens any more."""
    node = await serve(new_place(), DRAIN_NOTICE_S="2")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
        node.process.send_signal(signal.SIGTERM)
        seen: Counter[tuple[str, int]] = Counter()
        async with asyncio.timeout(WITHIN_S):
            while node.process.returncode is None:
                for path in ("/readyz", "/livez"):
                    try:
                        async with http.get(node.url + path) as reply:
                            seen[path, reply.status] += 1
                    except aiohttp.ClientError:
                        await asyncio.sleep(0.02)
    assert seen["/readyz", 503] > 1
    assert seen["/livez", 200] > 1
    assert node.process.returncode == 0


async def test_live_clients_are_told_when_to_come_back(new_place):
    """`sys.reconnect` over both ways, the transport ends at that moment, and the reader is told to retry soon."""
    async with open_school(new_place(), instances=1, with_worker=False) as school:
        student = await school.person()
        async with student.live() as live, feed(student, "/notifications") as reader:
            await reader.event("sync.ok")
            stopping = asyncio.create_task(school.instances[0].stop())
            assert 0 <= (await live.event("sys.reconnect"))["inMs"] <= 1000
            assert 0 <= (await reader.event("sys.reconnect"))["inMs"] <= 1000
            async with asyncio.timeout(5):
                await live.ended.wait()
                assert await reader.response.content.read() is not None
            assert await stopping == 0
