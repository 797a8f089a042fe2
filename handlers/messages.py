"""Messages over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Answer, Call, Late, Route
from schemas.accounts import DoneOut, PersonOut
from schemas.messages import (
    BlockIn,
    MembersIn,
    MessageChangeIn,
    MessageIn,
    MessageOut,
    MessageSearchQuery,
    MessagesQuery,
    PeopleQuery,
    ReadIn,
    ThreadChangeIn,
    ThreadOut,
    ThreadsQuery,
    UnreadOut,
)
from schemas.page import Page, PageQuery
from schemas.streams import Audience
from services.call_limits import Limit
from services.errors import NotFound
from services.messages import blocks, changing, groups, reading, search, writing
from services.messages.errors import (
    ClientIdReused,
    GroupTooLarge,
    MayNotWrite,
    MessageGone,
    NoStaff,
    NotAGroup,
    TooLateToEdit,
    TooManyBlocks,
)
from services.messages.scopes import MessageScope, ThreadScope
from services.permissions import Permission as P
from services.scopes import Scope


async def send_message(call: Call[Scope, MessageIn]) -> Answer | Late | MessageOut:
    """Write to a thread, to people, or to the staff of a course."""
    sent = await writing.send(call.scope, call.input)
    if sent.is_numbered_later:
        return Late(sent.shown)
    return sent.shown() if sent.is_new else Answer(sent.shown(), HTTPStatus.OK)


async def list_threads(call: Call[Scope, ThreadsQuery]) -> Page[ThreadOut]:
    """List one's threads, those with the newest messages first."""
    return await reading.list_threads(call.scope, call.input)


async def read_thread(call: Call[ThreadScope, None]) -> ThreadOut:
    """Read one thread."""
    return await reading.read_thread(call.scope)


async def change_thread(call: Call[ThreadScope, ThreadChangeIn]) -> ThreadOut:
    """Rename a group, or mute a thread or put it away for oneself."""
    return await groups.change_thread(call.scope, call.input)


async def add_members(call: Call[ThreadScope, MembersIn]) -> DoneOut:
    """Take people into a group; they see what comes from now on."""
    await groups.add_members(call.scope, call.input)
    return DoneOut()


async def leave_thread(call: Call[ThreadScope, None]) -> DoneOut:
    """Leave a group."""
    await groups.leave(call.scope)
    return DoneOut()


async def list_messages(call: Call[ThreadScope, MessagesQuery]) -> Page[MessageOut]:
    """List messages of a thread in their order."""
    return await reading.list_messages(call.scope, call.input)


async def mark_thread_read(call: Call[ThreadScope, ReadIn]) -> UnreadOut:
    """Say up to which message everything is read."""
    return await reading.mark_read(call.scope, call.input)


async def count_unread(call: Call[Scope, None]) -> UnreadOut:
    """Count the messages that wait, in all threads that are neither muted nor put away."""
    return await reading.count_unread(call.scope)


async def search_messages(call: Call[Scope, MessageSearchQuery]) -> Page[MessageOut]:
    """Find messages of one's own threads, the newest first."""
    return await search.search(call.scope, call.input)


async def list_people(call: Call[Scope, PeopleQuery]) -> Page[PersonOut]:
    """Find people to whom one may write."""
    return await search.people_to_write_to(call.scope, call.input)


async def list_blocks(call: Call[Scope, PageQuery]) -> Page[PersonOut]:
    """List whom one has blocked, the last one first."""
    return await blocks.list_blocks(call.scope, call.input)


async def block(call: Call[Scope, BlockIn]) -> DoneOut:
    """Block somebody; they do not learn of it."""
    await blocks.block(call.scope, call.input)
    return DoneOut()


async def unblock(call: Call[Scope, BlockIn]) -> DoneOut:
    """Let somebody write again."""
    await blocks.unblock(call.scope, call.input)
    return DoneOut()


async def edit_message(call: Call[MessageScope, MessageChangeIn]) -> MessageOut:
    """Change one's own message, for 15 minutes."""
    return await changing.edit(call.scope, call.input)


async def delete_message(call: Call[MessageScope, None]) -> DoneOut:
    """Take a message back; its content leaves the thread and the log."""
    await changing.delete(call.scope)
    return DoneOut()


BLOCKS = "/messages/blocks"
THREAD, MESSAGE = "/threads/{thread_id}", "/messages/{message_id}"
OF_THREAD, OF_MESSAGE = "path.thread_id", "path.message_id"
OWN = (Audience.OWN_MESSAGES,)

ROUTES = (
    Route(
        "POST",
        "/messages",
        send_message,
        MessageOut,
        P.MESSAGE_SEND,
        body=MessageIn,
        status=HTTPStatus.CREATED,
        also=(HTTPStatus.OK,),
        limit=Limit.MESSAGE,
        raises=(ClientIdReused, GroupTooLarge, MayNotWrite, NoStaff, NotFound),
        example={"courseId": "{course_id}", "content": "Is there a lecture on Friday?"},
    ),
    Route("GET", "/threads", list_threads, ThreadOut, P.MESSAGE_READ, query=ThreadsQuery, as_of=OWN, listed=True),
    Route("GET", THREAD, read_thread, ThreadOut, P.MESSAGE_READ, about=OF_THREAD, as_of=OWN),
    Route(
        "PATCH",
        THREAD,
        change_thread,
        ThreadOut,
        P.MESSAGE_READ,
        body=ThreadChangeIn,
        about=OF_THREAD,
        raises=(NotAGroup,),
        example={"muted": True},
    ),
    Route(
        "POST",
        f"{THREAD}/members",
        add_members,
        DoneOut,
        P.MESSAGE_SEND,
        body=MembersIn,
        about=OF_THREAD,
        raises=(GroupTooLarge, MayNotWrite, NotAGroup),
        example={"userIds": ["{user_id}"]},
    ),
    Route("POST", f"{THREAD}/leave", leave_thread, DoneOut, P.MESSAGE_READ, about=OF_THREAD, raises=(NotAGroup,)),
    Route(
        "GET",
        f"{THREAD}/messages",
        list_messages,
        MessageOut,
        P.MESSAGE_READ,
        query=MessagesQuery,
        about=OF_THREAD,
        as_of=(Audience.OWN_MESSAGES, Audience.THREAD),
        listed=True,
    ),
    Route(
        "POST",
        f"{THREAD}/read",
        mark_thread_read,
        UnreadOut,
        P.MESSAGE_READ,
        body=ReadIn,
        about=OF_THREAD,
        example={"seq": 1},
    ),
    Route("GET", "/messages/unread", count_unread, UnreadOut, P.MESSAGE_READ, as_of=OWN),
    Route(
        "GET", "/messages/search", search_messages, MessageOut, P.MESSAGE_READ, query=MessageSearchQuery, listed=True
    ),
    Route("GET", "/messages/people", list_people, PersonOut, P.MESSAGE_SEND, query=PeopleQuery, listed=True),
    Route("GET", BLOCKS, list_blocks, PersonOut, P.MESSAGE_READ, query=PageQuery, listed=True),
    Route(
        "POST",
        BLOCKS,
        block,
        DoneOut,
        P.MESSAGE_READ,
        body=BlockIn,
        raises=(NotFound, TooManyBlocks),
        example={"userId": "65f0a1b2c3d4e5f60718293a"},
    ),
    Route("DELETE", BLOCKS, unblock, DoneOut, P.MESSAGE_READ, body=BlockIn, example={"userId": "{user_id}"}),
    Route(
        "PATCH",
        MESSAGE,
        edit_message,
        MessageOut,
        P.MESSAGE_SEND,
        body=MessageChangeIn,
        about=OF_MESSAGE,
        raises=(MessageGone, TooLateToEdit),
        example={"content": "Is there a lecture on Saturday?"},
    ),
    Route("DELETE", MESSAGE, delete_message, DoneOut, P.MESSAGE_SEND, about=OF_MESSAGE),
)
