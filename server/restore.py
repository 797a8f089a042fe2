"""`coursewire restore`: what a database needs after it was brought back from a dump, before anyone uses it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from models.accounts import RefreshFamily
from models.delivery import SchoolMeta, StoredEvent, StreamHead
from realtime.bus import revoked_channel
from server.clients import Database
from server.engines import EngineUrls
from server.migrations import schema_version
from server.settings import Settings


class StillRunningError(Exception):
    """Processes of this school are at work, and would go on as if nothing had happened for up to 10 s."""


class NothingRestoredError(Exception):
    """The database is empty, or none of ours."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done: the new epoch, and how many people must sign in anew."""

    epoch: str
    sessions_ended: int


async def after_restore(settings: Settings, urls: EngineUrls, database: Database, *, force: bool) -> Restored:
    """Begin a new epoch, so that no client goes on from a position of the future; may be run again."""
    if not force:
        await _refuse_while_running(settings, urls)
    if not await schema_version():
        message = "There is no school in this database. Restore the dump first."
        raise NothingRestoredError(message)
    await _raise_heads(database)
    ended = await RefreshFamily.get_pymongo_collection().delete_many({})
    epoch = uuid4().hex[:12]
    await SchoolMeta.get_pymongo_collection().update_one({"_id": "school"}, {"$set": {"epoch": epoch}})
    return Restored(epoch, ended.deleted_count)


async def _refuse_while_running(settings: Settings, urls: EngineUrls) -> None:
    """Every process hears the channel of revocations; one that cannot reach Redis is not seen."""
    help_text = "Stop them and run this again, or use --force: they end within 10 s, and must be started anew."
    try:
        async with Redis.from_url(urls.redis_url) as redis:
            heard = await redis.pubsub_numsub(revoked_channel(settings.redis_prefix))
    except RedisError as error:
        message = f"Redis does not answer ({error}), so processes may be running. {help_text}"
        raise StillRunningError(message) from None
    if running := int(heard[0][1]):
        message = f"Processes are running on this school: {running}. {help_text}"
        raise StillRunningError(message)


async def _raise_heads(database: Database) -> None:
    """A dump that took the counters before the events would give out numbers that are taken."""
    newest = {"$group": {"_id": "$_id.stream", "seq": {"$max": "$_id.seq"}, "at": {"$max": "$at"}}}
    raised = {"$set": {"seq": {"$max": ["$seq", "$$new.seq"]}}}
    into = StreamHead.get_collection_name()
    merge = {"$merge": {"into": into, "whenMatched": [raised], "whenNotMatched": "insert"}}
    events = database.database[StoredEvent.get_collection_name()]
    await (await events.aggregate([newest, merge])).to_list()
