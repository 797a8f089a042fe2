"""Blocks: of whom somebody wants no direct messages."""

from __future__ import annotations

from typing import Final

from beanie import PydanticObjectId

from models.messages import Block, ThreadMember
from schemas.accounts import PersonOut
from schemas.messages import BlockIn
from schemas.page import Page, PageQuery, page_of
from services.errors import NotFound
from services.messages.errors import TooManyBlocks
from services.messages.membership import own_threads
from services.messages.who_may_write import reachable
from services.people import people
from services.permissions import Permission
from services.scopes import Scope

MAX_BLOCKS: Final = 500


async def list_blocks(scope: Scope, query: PageQuery) -> Page[PersonOut]:
    """Whom the caller has blocked, the last one first."""
    scope.require(Permission.MESSAGE_READ)
    where = Block.find({"blocker_id": scope.actor.object_id})
    total = await where.count()
    rows = await where.sort("-_id").skip(query.skip).limit(query.limit).to_list()
    known = await people(row.blocked_id for row in rows)
    return page_of([known[row.blocked_id] for row in rows if row.blocked_id in known], query, total)


async def block(scope: Scope, given: BlockIn) -> None:
    """Want no more of somebody: nothing direct comes from them, and the thread of the two is out of sight.

    They do not learn of it. `NotFound` for somebody with whom the caller has nothing to do.
    """
    scope.require(Permission.MESSAGE_READ)
    me, other = scope.actor.object_id, PydanticObjectId(given.user_id)
    if await Block.find_one({"blocker_id": me, "blocked_id": other}) is not None:
        return
    if me == other or not (await reachable(scope, [other]) or await _shares_thread(scope, other)):
        raise NotFound
    if await Block.find({"blocker_id": me}).count() >= MAX_BLOCKS:
        raise TooManyBlocks(limit=MAX_BLOCKS)
    scope.unit.insert(Block(created_at=scope.at, updated_at=scope.at, blocker_id=me, blocked_id=other))


async def unblock(scope: Scope, given: BlockIn) -> None:
    """Let somebody write again; who was not blocked stays so."""
    scope.require(Permission.MESSAGE_READ)
    me, other = scope.actor.object_id, PydanticObjectId(given.user_id)
    scope.unit.remove(Block, {"blocker_id": me, "blocked_id": other})


async def _shares_thread(scope: Scope, other: PydanticObjectId) -> bool:
    own = await own_threads(scope.actor.object_id, scope.at)
    return await ThreadMember.find_one({"thread_id": {"$in": list(own)}, "user_id": other}) is not None
