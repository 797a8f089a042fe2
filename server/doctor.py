"""`coursewire doctor`: what is wrong on this machine, and what to do about it."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from pymongo.errors import OperationFailure, PyMongoError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.clients import Database, open_database
from server.engines import EngineError, find_mongod, find_valkey, running_engines
from server.engines_of import any_engines, named_engines
from server.keys import load_keys
from server.migrations import CURRENT, schema_version
from server.settings import Settings
from server.token_keys import BadKeyError

FREE_BYTES_WANTED = 1024**3
LONGEST_TRANSACTION_S = 10
"""The sweep looks 12 s back: an event that is committed later than that reaches nobody whose hint is lost."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One look: `advice` says what to do when it is not well. A warning keeps nothing from starting."""

    subject: str
    is_well: bool
    found: str
    advice: str = ""
    is_warning: bool = False


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything that a start needs, the cheapest first."""
    yield _python()
    yield _keys(settings)
    yield _disk(settings)
    yield await _port(settings)
    if named_engines(settings) is None:
        yield _binary("mongod", lambda: str(find_mongod(settings.mongod)))
        yield _binary("valkey", lambda: str(find_valkey(settings.valkey)))
    async for finding in _engines(settings):
        yield finding


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", (3, 11) <= sys.version_info < (3, 14), version, "Use Python 3.11, 3.12 or 3.13.")


def _keys(settings: Settings) -> Finding:
    try:
        load_keys(settings)
    except (BadKeyError, ValueError, OSError) as error:
        return Finding("keys", False, str(error), "Remove the broken key in DATA_DIR/keys, or mend the setting.")
    return Finding("keys", True, "readable")


def _disk(settings: Settings) -> Finding:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    return Finding("disk", free > FREE_BYTES_WANTED, f"{free // 1024**2} MiB free", "Free at least 1 GiB at DATA_DIR.")


async def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            advice = "Set another PORT, unless it is this server that listens there."
            ours = await running_engines(settings.data_dir) is not None
            return Finding("port", ours, f"{settings.host}:{settings.port}: {error.strerror}", advice)
    return Finding("port", True, f"{settings.host}:{settings.port} is free")


def _binary(name: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, find())
    except EngineError as error:
        return Finding(name, False, "not found", str(error))


async def _engines(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with any_engines(settings) as urls:
            async with open_database(urls.mongodb_url, settings.mongodb_database) as database:
                found = await schema_version()
                advice = "Run `coursewire migrate`."
                yield Finding("database", found in {0, CURRENT}, f"answers, schema {found} of {CURRENT}", advice)
                yield await _transactions(database)
            async with Redis.from_url(urls.redis_url) as redis:
                await redis.ping()
                yield Finding("redis", True, "answers")
    except (EngineError, PyMongoError, RedisError, OSError) as error:
        yield Finding(
            "engines", False, str(error), "See the logs in DATA_DIR/logs, or check MONGODB_URL and REDIS_URL."
        )


async def _transactions(database: Database) -> Finding:
    """A server in other hands may not say; then nothing is known against it."""
    name = "transactionLifetimeLimitSeconds"
    try:
        answer = await database.client.admin.command({"getParameter": 1, name: 1})
    except OperationFailure as refused:
        return Finding("transactions", True, f"the server does not say how long they may live ({refused.code})")
    seconds = int(answer[name])
    advice = f"Set {name} to {LONGEST_TRANSACTION_S} (`mongod --setParameter`), or late events may wait for a reload."
    return Finding(
        "transactions", seconds <= LONGEST_TRANSACTION_S, f"live at most {seconds} s", advice, is_warning=True
    )
