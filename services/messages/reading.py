"""Reading: one's threads, the messages in them, and how far one has come."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.messages import Message, Thread
from schemas.events.messages import ThreadRead
from schemas.messages import MessageOut, MessagesQuery, ReadIn, ThreadOut, ThreadsQuery, UnreadOut
from schemas.notifications import Category
from schemas.page import Page, Pagination, page_of
from services.messages.membership import keep, own_threads
from services.messages.rendering import messages_out, thread_out, threads_out, unread_of
from services.messages.scopes import ThreadScope
from services.messages.telling import link_of
from services.notifications.reading import read_now, unread_where
from services.permissions import Permission
from services.scopes import Scope

READ = Permission.MESSAGE_READ


async def list_threads(scope: Scope, query: ThreadsQuery) -> Page[ThreadOut]:
    """One's threads, those with the newest messages first."""
    scope.require(READ)
    found = await own_threads(scope.actor.object_id, scope.at)
    standings = {thread_id: one for thread_id, one in found.items() if one.archived is query.archived}
    where = Thread.find({"_id": {"$in": list(standings)}}).sort("-updated_at", "-_id")
    threads = await where.skip(query.skip).limit(query.limit).to_list()
    return page_of(await threads_out(threads, standings, scope.at), query, len(standings))


async def read_thread(scope: ThreadScope) -> ThreadOut:
    """One thread."""
    scope.require(READ)
    return await thread_out(scope.thread, scope.member, scope.at)


async def list_messages(scope: ThreadScope, query: MessagesQuery) -> Page[MessageOut]:
    """Messages in their order: behind one, before one, or the newest; and whether there are more on either side."""
    scope.require(READ)
    first, last = scope.member.joined_seq + 1, scope.thread.seq
    if query.after is not None:
        first = max(first, query.after + 1)
    elif query.before is not None:
        last = min(last, query.before - 1)
    where = {"thread_id": scope.thread.id, "seq": {"$gte": first, "$lte": last}}
    order = "seq" if query.after is not None else "-seq"
    found = sorted(await Message.find(where).sort(order).limit(query.limit).to_list(), key=lambda one: one.seq)
    return Page(await messages_out(found), _sides(scope, query, found))


def _sides(scope: ThreadScope, query: MessagesQuery, found: list[Message]) -> Pagination:
    """The numbers of a thread have no holes, so they say what else there is."""
    oldest, newest = scope.member.joined_seq + 1, scope.thread.seq
    total = max(newest - scope.member.joined_seq, 0)
    low, high = (found[0].seq, found[-1].seq) if found else (query.before or newest + 1, query.after or 0)
    return Pagination(
        page=1,
        limit=query.limit,
        total_count=total,
        total_pages=-(-total // query.limit),
        has_next=bool(found) and high < newest,
        has_prev=bool(found) and low > oldest,
    )


async def mark_read(scope: ThreadScope, given: ReadIn) -> UnreadOut:
    """Everything up to a number is read; reading back changes nothing. One's own devices hear of it.

    So are the notifications of it, also those that came only after the messages had been read.
    """
    scope.require(READ)
    member, seq = scope.member, min(given.seq, scope.thread.seq)
    await _read_notifications(scope, max(seq, member.last_read_seq))
    if seq <= member.last_read_seq:
        return UnreadOut(unread=await _unread_in(scope))
    keep(scope.unit, member, last_read_seq=seq)
    unread = await _unread_in(scope)
    scope.unit.emit(
        ThreadRead(user_id=str(member.user_id), thread_id=str(scope.thread.id), seq=seq, unread=unread),
        object_version=member.version,
    )
    return UnreadOut(unread=unread)


async def _read_notifications(scope: ThreadScope, seq: int) -> None:
    where = {"category": Category.MESSAGES, "link": link_of(scope.thread.id)}
    told = {one.subject: one.id for one in await unread_where(scope.member.user_id, where)}
    if told:
        ids = [PydanticObjectId(subject.removeprefix("message:")) for subject in told]
        seen = await Message.find({"_id": {"$in": ids}, "seq": {"$lte": seq}}).to_list()
        await read_now(scope.unit, scope.member.user_id, [told[f"message:{message.id}"] for message in seen])


async def _unread_in(scope: ThreadScope) -> int:
    return (await unread_of([scope.member])).get(scope.thread.id, 0)


async def count_unread(scope: Scope) -> UnreadOut:
    """How many messages of others wait, in all threads that are neither muted nor put away."""
    scope.require(READ)
    found = await own_threads(scope.actor.object_id, scope.at)
    counted = await unread_of([one for one in found.values() if not (one.muted or one.archived)])
    return UnreadOut(unread=sum(counted.values()))
