"""Finding messages, and people to write to."""

from __future__ import annotations

import re
from typing import Final

from models.accounts import User
from models.messages import Block, Message
from schemas.accounts import PersonOut
from schemas.messages import MessageOut, MessageSearchQuery, PeopleQuery
from schemas.page import Page, page_of
from schemas.types import UserStatus, folded
from services.accounts.users import named
from services.messages.membership import own_threads
from services.messages.rendering import messages_out
from services.messages.who_may_write import common_courses, mentored, people_of, writes_to_all
from services.people import people
from services.permissions import Permission
from services.scopes import Scope
from services.unit import Match

WITHIN_MS: Final = 2000
"""How long the database may look for a text."""


async def search(scope: Scope, query: MessageSearchQuery) -> Page[MessageOut]:
    """Messages of one's own threads that contain the text, the newest first."""
    scope.require(Permission.MESSAGE_READ)
    threads = await own_threads(scope.actor.object_id, scope.at)
    asked = [one for one in threads.values() if query.thread_id in {None, str(one.thread_id)}]
    if not asked:
        return page_of([], query, 0)
    whole = [one.thread_id for one in asked if not one.joined_seq]
    later = [one for one in asked if one.joined_seq]
    where: dict[str, object] = {
        "$or": [
            {"thread_id": {"$in": whole}},
            *({"thread_id": one.thread_id, "seq": {"$gt": one.joined_seq}} for one in later),
        ],
        "deleted_at": None,
    }
    if query.q is not None:
        where["search_text"] = {"$regex": re.escape(folded(query.q))}
    collection = Message.get_pymongo_collection()
    total = await collection.count_documents(where, maxTimeMS=WITHIN_MS)
    rows = collection.find(where, max_time_ms=WITHIN_MS).sort("_id", -1).skip(query.skip).limit(query.limit)
    return page_of(await messages_out([Message.model_validate(row) async for row in rows]), query, total)


async def people_to_write_to(scope: Scope, query: PeopleQuery) -> Page[PersonOut]:
    """Whom the caller may begin to write to, by name."""
    scope.require(Permission.MESSAGE_SEND)
    me = scope.actor.object_id
    blocked = {row.blocked_id async for row in Block.find({"blocker_id": me})}
    unwanted = [me, *blocked]
    where: Match = {"status": UserStatus.ACTIVE, "_id": {"$nin": unwanted}}
    if not writes_to_all(scope):
        near = await people_of(await common_courses(scope), scope) | await mentored(scope)
        where = {"status": UserStatus.ACTIVE, "_id": {"$in": list(near - set(unwanted))}}
    if query.q:
        where = {"$and": [where, *named(query.q)]}
    collection = User.get_pymongo_collection()
    total = await collection.count_documents(where, maxTimeMS=WITHIN_MS)
    order = [("last_name", 1), ("first_name", 1), ("_id", 1)]
    rows = collection.find(where, {"_id": 1}, max_time_ms=WITHIN_MS).sort(order).skip(query.skip).limit(query.limit)
    ids = [row["_id"] async for row in rows]
    known = await people(ids)
    return page_of([known[one] for one in ids if one in known], query, total)
