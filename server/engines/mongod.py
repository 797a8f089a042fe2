"""MongoDB: a replica set of one, because transactions need a replica set."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote_plus

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from server.engines.engine import Engine
from server.engines.sockets import is_listening

Client = AsyncMongoClient[dict[str, object]]
ANSWER_MS: Final = 2000
NOT_YET_INITIALIZED: Final = 94
REPLICA_SET: Final = "rs0"
MONGOD_SOCKET: Final = "mongodb-27017.sock"
"""The name that mongod itself chooses inside `--unixSocketPrefix`. Without that option it also
takes over `/tmp/mongodb-27017.sock`, which belongs to any other mongod of the machine."""
FLAGS: Final = (
    *("--replSet", REPLICA_SET),
    *("--networkMessageCompressors", "disabled"),
    *("--wiredTigerCacheSizeGB", "0.25"),
    *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=8MB)"),
    *("--oplogSize", "64"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--setParameter", "transactionLifetimeLimitSeconds=10"),
    "--quiet",
)


class Mongod(Engine):
    """One mongod, primary of its own replica set `rs0`, also after its folder was moved."""

    name: ClassVar[str] = "mongod"
    socket_name: ClassVar[str] = MONGOD_SOCKET

    @property
    def url(self) -> str:
        return mongod_url(self.socket)

    def command(self) -> Sequence[str]:
        return (
            str(self.binary),
            *("--dbpath", str(self.home)),
            *("--bind_ip", str(self.socket)),
            *("--unixSocketPrefix", str(self.socket.parent)),
            *FLAGS,
        )

    async def lacking(self) -> str | None:
        if not is_listening(self.socket):
            return "its socket accepts no connection"
        try:
            # A client made before replSetInitiate never learns of sessions: one for each look.
            async with _direct_client(self.socket) as client:
                if await _is_primary(client, self.socket):
                    return None
                await _make_only_member(client, self.socket)
        except PyMongoError as reason:
            return str(reason)
        return "it is not primary yet"


def mongod_url(socket: Path) -> str:
    return f"mongodb://{quote_plus(str(socket))}/?replicaSet={REPLICA_SET}"


async def mongod_answers(socket: Path) -> bool:
    """Tell within 2 s whether a primary serves there."""
    if not is_listening(socket):
        return False
    try:
        async with _direct_client(socket) as client:
            return await _is_primary(client, socket)
    except PyMongoError:
        return False


def _direct_client(socket: Path) -> Client:
    return AsyncMongoClient(
        f"mongodb://{quote_plus(str(socket))}/",
        directConnection=True,
        serverSelectionTimeoutMS=ANSWER_MS,
        timeoutMS=ANSWER_MS,
    )


async def _is_primary(client: Client, socket: Path) -> bool:
    hello = await client.admin.command("hello")
    return bool(hello.get("isWritablePrimary")) and hello.get("hosts") == [str(socket)]


async def _make_only_member(client: Client, socket: Path) -> None:
    """Found the replica set, or bring the name of its member up to date after a move.

    A set that mongod has not loaded yet looks like none; mongod then refuses a second founding.
    """
    member = {"_id": 0, "host": str(socket)}
    try:
        config = (await client.admin.command("replSetGetConfig"))["config"]
    except OperationFailure as refused:
        if refused.code != NOT_YET_INITIALIZED:
            raise
        founding = {"_id": REPLICA_SET, "members": [member]}
        await client.admin.command("replSetInitiate", founding)
        return
    if [known["host"] for known in config["members"]] != [str(socket)]:
        moved = {**config, "version": config["version"] + 1, "members": [member]}
        await client.admin.command("replSetReconfig", moved, force=True)
