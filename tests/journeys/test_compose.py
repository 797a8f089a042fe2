"""The commands of docker-compose.yml as processes: its secrets, its databases with passwords, production mode, nginx.

What is replaced: paths of the container by a folder, names of services by ports of this machine, and mongosh, which no
package of ours brings, by the same calls of the driver.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import OperationFailure
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.engines import Child, find_mongod, find_valkey
from tests.harness.deploy import DEPLOY, compose, free_port, open_proxy, until_open
from tests.harness.people import PASSWORD, call, feed, sign_in, sign_up
from tests.harness.process import Place, Running, run, start

SERVICES = compose()["services"]
pytestmark = pytest.mark.xdist_group("compose")  # its databases are started once
BROWSER = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}


@dataclass(slots=True)
class Contained(Place):
    """What the containers of one compose file share; the secrets lie in `data_dir`."""

    def secret(self, name: str) -> str:
        return (self.data_dir / name).read_text(encoding="utf-8").strip()

    def local(self, text: str) -> str:
        """A value of docker-compose.yml as it holds here."""
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)
        return re.sub(r"/run/secrets\b|/tmp\b", str(self.data_dir), text)

    @property
    def environment(self) -> dict[str, str]:
        given = {key: self.local(value) for key, value in SERVICES["worker"]["environment"].items()}
        given |= {key: self.local(value) for key, value in SERVICES["web1"]["environment"].items()}
        kept = {key: value for key, value in os.environ.items() if key not in {"MONGODB_URL", "REDIS_URL"}}
        return {**kept, **given, "HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "warning", "PYTHONUNBUFFERED": "1"}


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    """Look as a health check does, until it is well."""
    async with asyncio.timeout(30):
        while not await look():
            await asyncio.sleep(0.05)


def mongod_command(place: Contained, port: int) -> list[str]:
    script = place.local(SERVICES["mongo"]["command"][0])
    script = script.replace("exec mongod --bind_ip_all", f"exec {shlex.quote(str(find_mongod(None)))}")
    (place.data_dir / "db").mkdir()
    return [*SERVICES["mongo"]["entrypoint"], f"{script} --port {port} --dbpath {place.data_dir}/db --nounixsocket"]


def client(port: int, **options: str) -> AsyncMongoClient:
    return AsyncMongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=5000, **options)


async def primary_js(place: Contained, port: int) -> None:
    """deploy/mongo/primary.js, call by call."""
    async with client(port) as stranger:
        founding = {"_id": "rs0", "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}]}
        await stranger.admin.command("replSetInitiate", founding)
        await until(lambda: is_primary(stranger))
    password = place.secret("mongo_root_password")
    async with client(port) as stranger:
        await stranger.admin.command("createUser", "root", pwd=password, roles=["root"])
    async with client(port, username="root", password=password) as root:
        for name, rights in json.loads((DEPLOY / "mongo" / "roles.json").read_text(encoding="utf-8")).items():
            await root.admin.command("createRole", name, privileges=rights["privileges"], roles=[])
            password = place.secret(rights["password"])
            await root.admin.command("createUser", rights["user"], pwd=password, roles=[name])


async def is_primary(stranger: AsyncMongoClient) -> bool:
    return (await stranger.admin.command("hello"))["isWritablePrimary"]


def valkey_command(place: Contained, port: int) -> list[str]:
    words = [place.local(word) for word in SERVICES["valkey"]["command"][1:]]
    return [str(find_valkey(None)), *words, "--port", str(port), "--bind", "127.0.0.1"]


async def answers(url: str) -> bool:
    async with Redis.from_url(url, retry=None) as client:
        try:
            return bool(await client.ping())
        except RedisError:
            return False


def address(place: Contained, name: str, port: int) -> str:
    """Put the port of this machine where the secret names the service; returns the URL."""
    path, url = place.data_dir / name, place.secret(name)
    local = re.sub(r"@\w+:\d+", f"@127.0.0.1:{port}", url)
    path.unlink()
    path.write_text(local, encoding="utf-8")
    return local


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets of the script."""
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", folder], check=True)
    return folder


@pytest.fixture(scope="module")
async def place(folder: Path) -> AsyncIterator[Contained]:
    """The two databases with the secrets, and migrated."""
    place = Contained(folder, "", "", "coursewire")
    mongo, valkey = free_port(), free_port()
    async with AsyncExitStack() as stack:
        for name, command in (("mongod", mongod_command(place, mongo)), ("valkey", valkey_command(place, valkey))):
            child = Child(name, command, folder / f"{name}.log")
            await child.start()
            stack.push_async_callback(child.stop)
        place.mongodb_url, place.redis_url = address(place, "mongodb_url", mongo), address(place, "redis_url", valkey)
        address(place, "sealer_mongodb_url", mongo)
        await until_open(mongo)
        await primary_js(place, mongo)
        await until_open(valkey)
        await run(place, *SERVICES["migrate"]["command"])
        yield place


@pytest.fixture(scope="module")
async def instances(place: Contained) -> AsyncIterator[list[Running]]:
    """web1, web2 and the worker; at the end each leaves in peace."""
    ready = {"web1": "listening on ", "web2": "listening on ", "worker": "working"}
    running = [await start(place, ["-m", "server", *SERVICES[name]["command"]], line) for name, line in ready.items()]
    yield running[:2]
    assert [await one.stop() for one in running] == [0, 0, 0]


async def test_the_check_of_a_container_says_yes(place: Contained, instances: list[Running]):
    """The command of the healthcheck, on each instance."""
    for name, instance in zip(("web1", "web2"), instances, strict=True):
        _, _, *check = SERVICES[name]["healthcheck"]["test"]
        environment = {**place.environment, "PORT": str(urlsplit(instance.url).port)}
        process = await asyncio.create_subprocess_exec(sys.executable, *check, env=environment)
        assert await process.wait() == 0


async def test_a_school_in_production_form(instances: list[Running], tmp_path: Path):
    """Through nginx: people sign up, sign in and follow their streams; a browser gets closed cookies."""
    async with aiohttp.ClientSession() as http, open_proxy(tmp_path, *(one.url for one in instances)) as proxy:
        await sign_up(http, proxy.url, email="p@school.example")
        student = await sign_in(http, proxy.url, "p@school.example", PASSWORD)
        async with student.live() as live, feed(student, "/notifications") as reader:
            await live.event("sync.ok")
            await reader.event("sync.ok")
        login = {"email": "p@school.example", "password": PASSWORD}
        browser = await call(http, "POST", f"{proxy.url}/api/v1/auth/signin", login, BROWSER)
        assert all(flag in browser.headers["Set-Cookie"] for flag in ("__Host-", "Secure", "HttpOnly"))
        health = await call(http, "GET", f"{proxy.url}/health", None, {})
        assert (health.body["environment"], health.body["status"]) == ("production", "OK")
        assert (await call(http, "GET", f"{proxy.url}/dev/mail", None, {})).status == 404


async def test_s32_the_application_cannot_change_what_was_recorded(place: Contained, instances: list[Running]):
    """Its user inserts and reads; the sealer's alone adds seals, and nobody takes a record away."""
    async with aiohttp.ClientSession() as http:
        await sign_up(http, instances[0].url, email="recorded@school.example")
    async with AsyncMongoClient(place.mongodb_url) as ours, AsyncMongoClient(place.secret("sealer_mongodb_url")) as its:
        log, sealers = ours["coursewire"]["audit_log"], its["coursewire"]["audit_log"]
        await until(lambda: _is_sealed(log))
        for forbidden in (
            log.update_one({}, {"$set": {"action": "x"}}),
            log.delete_one({}),
            log.drop(),
            ours["coursewire"]["audit_heads"].update_one({}, {"$set": {"seq": 0}}),
            sealers.delete_one({}),
            sealers.insert_one({"action": "x"}),
            its["coursewire"]["users"].find_one({}),
        ):
            with pytest.raises(OperationFailure, match="not authorized"):
                await forbidden
    assert "0 wait for their seal" in await run(place, "audit", "verify")


async def _is_sealed(log: AsyncCollection) -> bool:
    return bool(await log.find_one({"seq": {"$gt": 0}})) and not await log.find_one({"seq": None})


async def test_the_databases_let_nobody_else_in(place: Contained):
    """Without the password nothing is told; and the application's own user reaches its one database alone."""
    async with client(urlsplit(place.mongodb_url).port) as stranger:
        with pytest.raises(OperationFailure, match="requires authentication"):
            await stranger["coursewire"].list_collection_names()
    async with AsyncMongoClient(place.mongodb_url) as ours:
        assert "users" in await ours["coursewire"].list_collection_names()
        with pytest.raises(OperationFailure, match="not authorized"):
            await ours["other"]["things"].insert_one({})
    assert not await answers(re.sub(r":[^:@]+@", "", place.redis_url))
