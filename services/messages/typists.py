"""Who hears that somebody is writing in a thread."""

from __future__ import annotations

from models.messages import Block
from services.messages.membership import members_of
from services.messages.scopes import ThreadScope
from services.messages.telling import Place
from services.permissions import Permission


async def listeners(scope: ThreadScope) -> dict[str, tuple[str, ...]]:
    """The others in the thread, as an event is addressed to them; nobody where one of two has blocked the other."""
    scope.require(Permission.MESSAGE_SEND)
    members = await members_of(scope.thread, scope.at)
    others = {one: member for one, member in members.items() if one != scope.actor.object_id}
    if scope.thread.pair is not None:
        where = {"blocker_id": {"$in": list(others)}, "blocked_id": scope.actor.object_id}
        others = {} if await Block.find_one(where) is not None else others
    return Place(scope.thread, others).addressed()
