"""What every test stands on: real engines for the run, and a school of two instances for each xdist worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from server.app import Core, open_core
from server.engines import EngineUrls
from server.process import freeze_heap
from server.settings import Settings
from tests.harness.process import Place
from tests.harness.provider import Provider, open_provider
from tests.harness.school import School, open_school

URLS = "COURSEWIRE_TEST_ENGINES"
ROOM_BYTES = 2 << 30
"""Ten times what the data of a whole run takes."""

# A run starts hundreds of interpreters, and each would compile the house, and pytest its tests, anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Start the engines once, in the process that starts the xdist workers."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    folder = Path(tempfile.mkdtemp(prefix="coursewire-test-", dir=_memory()))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.harness.engines", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=config.rootpath,
    )
    assert process.stdout is not None
    os.environ[URLS] = process.stdout.readline().strip()
    config.add_cleanup(lambda: _end(process, folder))


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and need not be walked at each collection of garbage."""
    freeze_heap()


def pytest_itemcollected(item: pytest.Item) -> None:
    """What a file makes once, processes above all, one worker makes: its tests go there together."""
    shared = [one for some in getattr(item, "_fixtureinfo").name2fixturedefs.values() for one in some]  # noqa: B009
    if any(one.scope == "module" for one in shared) and item.get_closest_marker("xdist_group") is None:
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell xdist the groups, at the end of each id: it writes them itself, but where pytest 9.2 reads them no more."""
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and not item.nodeid.endswith(f"@{group.args[0]}"):
            item._id = item.id.parse(f"{item.nodeid}@{group.args[0]}")  # noqa: SLF001 - an id cannot be given otherwise


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was measured: the figures that tests recorded."""
    passed = [report for report in terminalreporter.getreports("passed") if report.user_properties]
    if passed:
        terminalreporter.section("figures")
    for report in passed:
        figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
        terminalreporter.write_line(f"{report.nodeid}: {figures}")


def _memory() -> Path | None:
    """A folder in memory, where there is one with room: no write of a run has to reach a disk."""
    folder = Path("/dev/shm")
    has_room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM_BYTES
    return folder if has_room else None


def _end(process: subprocess.Popen[str], folder: Path) -> None:
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def engines() -> EngineUrls:
    return EngineUrls(*os.environ[URLS].split())


@pytest.fixture(scope="session")
def new_place(engines: EngineUrls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """Makes places for schools, each with a database of its own."""

    def make() -> Place:
        name = f"test_{os.urandom(6).hex()}"
        return Place(tmp_path_factory.mktemp(name), engines.mongodb_url, engines.redis_url, name)

    return make


@pytest.fixture(scope="session")
async def provider() -> AsyncIterator[Provider]:
    """A service through which people of the school can sign in."""
    async with open_provider() as provider:
        yield provider


@pytest.fixture(scope="session")
async def school(new_place, provider: Provider) -> AsyncIterator[School]:
    """Two instances and a worker on one database and one Redis, with the demo school inside."""
    told = {"OIDC_PROVIDERS": provider.settings, "OUTGOING_ALLOW": "127.0.0.0/8"}
    async with open_school(new_place(), **told) as school:
        yield school


@pytest.fixture(scope="session")
async def strict_school(new_place) -> AsyncIterator[School]:
    """Two instances with the limits of production."""
    async with open_school(new_place(), with_worker=False, LIMITS_SCALE="1") as school:
        yield school


@pytest.fixture(scope="session")
async def core(new_place) -> AsyncIterator[Core]:
    """Everything below the doors, in this process and on a database of its own."""
    place: Place = new_place()
    settings = Settings(
        _env_file=None,
        data_dir=place.data_dir,
        port=0,
        mongodb_database=place.database,
        redis_prefix=f"{place.database}:",
        mongodb_url=SecretStr(place.mongodb_url),
        redis_url=SecretStr(place.redis_url),
        argon2_memory_kib=64,
    )
    async with open_core(settings, EngineUrls(place.mongodb_url, place.redis_url)) as core:
        yield core
