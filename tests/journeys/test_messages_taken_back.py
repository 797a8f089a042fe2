"""What is deleted is gone: from the thread, the search, the log, and what notifications would have shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from beanie import PydanticObjectId
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.delivery import StoredEvent
from models.messages import Message
from models.notifications import Notification
from models.unit import Job
from schemas.accounts import SignUpIn
from schemas.jobs import NotifyArgs
from schemas.messages import (
    MessageChangeIn,
    MessageIn,
    MessagesQuery,
    ReadIn,
    ThreadChangeIn,
    ThreadsQuery,
)
from schemas.notifications import Category, NotificationKind
from schemas.types import UserRole, now
from server.app import Core
from services.access import enter_message, enter_thread
from services.accounts.registration import create_user
from services.messages import changing, groups, reading, writing
from services.messages.errors import TooLateToEdit
from services.notifications.crowds import next_page
from services.notifications.telling import take_back_page
from services.scopes import Actor, Scope
from services.unit import Author, Unit
from tests.harness.messages import API, classmates, delete, read, write
from tests.harness.school import School


class Writer:
    """Runs commands the way the endpoint does: a scope, a service, a commit."""

    def __init__(self, core: Core, user_id: str) -> None:
        self.core, self.id, self.stream = core, user_id, f"collab/user:{user_id}"
        self.actor = Actor(user_id, UserRole.ADMIN)

    @classmethod
    async def new(cls, core: Core) -> Writer:
        scope, name = Scope(Actor(), Unit(now()), core.keys.ring), uuid4().hex[:20]
        draft = SignUpIn(
            email=f"{name}@school.example", password="a long password", first_name="W", last_name="R", username=name
        )
        user = await create_user(scope, core.desk, draft)
        await core.committer.commit(scope.unit)
        return cls(core, str(user.id))

    def scope(self, later: timedelta = timedelta()) -> Scope:
        return Scope(self.actor, Unit(now() + later, Author(self.id)), self.core.keys.ring)

    async def send(self, content: str, **where: Any) -> Any:
        scope = self.scope()
        sent = await writing.send(scope, MessageIn(content=content, **where))
        await self.core.committer.commit(scope.unit)
        return sent.shown()

    async def change(self, message_id: str, content: str, later: timedelta = timedelta()) -> None:
        scope = await enter_message(self.scope(later), message_id)
        await changing.edit(scope, MessageChangeIn(content=content))
        await self.core.committer.commit(scope.unit)

    async def delete(self, message_id: str) -> None:
        scope = await enter_message(self.scope(), message_id)
        await changing.delete(scope)
        await self.core.committer.commit(scope.unit)

    async def read(self, thread_id: str, seq: int) -> None:
        scope = await enter_thread(self.scope(), thread_id)
        await reading.mark_read(scope, ReadIn(seq=seq))
        await self.core.committer.commit(scope.unit)

    async def mute(self, thread_id: str, *, muted: bool) -> None:
        scope = await enter_thread(self.scope(), thread_id)
        await groups.change_thread(scope, ThreadChangeIn(muted=muted))
        await self.core.committer.commit(scope.unit)

    async def snapshot(self) -> dict[str, dict[str, Any]]:
        """Every thread with its messages, as a client holds them."""
        held = {}
        for thread in (await reading.list_threads(self.scope(), ThreadsQuery(limit=100))).items:
            inside = await enter_thread(self.scope(), thread.thread_id)
            messages = (await reading.list_messages(inside, MessagesQuery(limit=100))).items
            held[thread.thread_id] = {
                **{name: getattr(thread, name) for name in ("kind", "title", "muted")},
                "unread": thread.unread,
                "read": thread.last_read_seq,
                "messages": {one.seq: (one.message_id, one.sender_id, one.content, one.version) for one in messages},
            }
        return held


@pytest.fixture
async def pair(core: Core) -> tuple[Writer, Writer]:
    return await Writer.new(core), await Writer.new(core)


def applied(held: dict[str, dict[str, Any]], me: str, name: str, event: dict[str, Any]) -> None:
    """What a client does with an event; `unread` it counts from what it holds."""
    if event.get("_redacted"):
        return
    fresh = {"kind": None, "title": None, "muted": False, "unread": 0, "read": 0, "messages": {}}
    thread = held.setdefault(event["threadId"], fresh)
    if name == "thread.updated":
        thread |= {key: event[key] for key in ("kind", "title", "muted") if key in event}
    elif name == "thread.read":
        thread["read"] = max(thread["read"], event["seq"])
    else:
        known = thread["messages"].get(event["seq"], (event["messageId"], event.get("from"), "", 0))
        if event["_version"] > known[3]:
            thread["messages"][event["seq"]] = (*known[:2], event.get("content", ""), event["_version"])
    waiting = [one for seq, one in thread["messages"].items() if seq > thread["read"] and one[1] != me and one[2]]
    thread["unread"] = len(waiting)


WORDS = st.text("abc", min_size=1, max_size=3)
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.booleans(), WORDS),
        st.tuples(st.just("group"), st.booleans(), WORDS),
        st.tuples(st.just("change"), st.integers(0, 9), WORDS),
        st.tuples(st.just("delete"), st.integers(0, 9)),
        st.tuples(st.just("read"), st.integers(0, 9), st.integers(1, 6)),
        st.tuples(st.just("mute"), st.integers(0, 9), st.booleans()),
    ),
    max_size=8,
)


async def run(pair: tuple[Writer, Writer], name: str, which: Any, *what: Any) -> None:
    """One command of one of the two; what there is nothing for does nothing."""
    one, other = pair if which in {True, False} and which else pair[::-1]
    if name == "send":
        await one.send(what[0], to=[other.id])
    elif name == "group":
        await one.send(what[0], to=[other.id], title=what[0])
    elif threads := sorted(await pair[0].snapshot()):
        thread = threads[which % len(threads)]
        if name == "read":
            await pair[0].read(thread, what[0])
        elif name == "mute":
            await pair[0].mute(thread, muted=what[0])
        elif messages := await Message.find({"thread_id": PydanticObjectId(thread), "deleted_at": None}).to_list():
            message = messages[which % len(messages)]
            author = next(writer for writer in pair if writer.id == str(message.sender_id))
            await (author.change(str(message.id), *what) if name == "change" else author.delete(str(message.id)))


@given(before=COMMANDS, after=COMMANDS)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_old_threads_plus_events_are_the_new_threads(core: Core, before: list, after: list):
    """For any commands of two people before and after the snapshot, and with every event applied twice."""
    pair = await Writer.new(core), await Writer.new(core)
    for command in before:
        await run(pair, *command)
    me = pair[0]
    position = (await core.events.heads([me.stream]))[me.stream]
    held = await me.snapshot()
    for command in after:
        await run(pair, *command)

    for event in await core.events.after(me.stream, position, 1000):
        for _ in range(2):
            applied(held, me.id, event.name, orjson.loads(event.payload))
    assert held == await me.snapshot()


async def test_a_deleted_message_leaves_thread_search_and_replay(school: School):
    """Its place stays, with its number; who comes back live gets it without a word of it."""
    ada, bob = await classmates(school)
    begin = (await bob.get(f"{API}/threads")).body["asOf"]
    sent = await write(ada, "A secret okapi", to=[bob.id])
    await write(ada, "Nothing", threadId=sent["threadId"])
    assert (await delete(bob, sent["messageId"])).status == 403
    for _ in range(2):
        assert (await delete(ada, sent["messageId"])).status == 200
    assert await read(bob, sent["threadId"]) == ["", "Nothing"]
    assert (await bob.get(f"{API}/messages/search?q=okapi")).data == []
    assert (await ada.call("PATCH", f"{API}/messages/{sent['messageId']}", {"content": "x"})).code == "message_deleted"
    async with bob.live("collab", resume=begin) as his:
        assert (await his.event("message.deleted", messageId=sent["messageId"]))["seq"] == 1
        assert "okapi" not in str(his.told)
        assert len(his.named("message.deleted")) == 1


async def test_a_deleted_message_is_nowhere_in_the_log(core: Core, pair: tuple[Writer, Writer]):
    """Neither as it was sent nor as it was changed, for anybody; and a repeat of it brings nothing back."""
    ada, bob = pair
    sent = await ada.send("okapi", to=[bob.id], client_id="c")
    await ada.change(sent.message_id, "zebra")
    await ada.delete(sent.message_id)
    events = await StoredEvent.find({"subject": f"message:{sent.message_id}"}).to_list()
    assert [event.name for event in events if event.payload != {"_redacted": True}] == ["message.deleted"] * 2
    assert len(events) == 6
    stored = await Message.get(PydanticObjectId(sent.message_id))
    assert (stored.content, stored.search_text, stored.fingerprint) == ("", "", None)
    assert (await ada.send("okapi", to=[bob.id], client_id="c")).content == ""


async def asked(message_id: str) -> list[Job]:
    return await Job.find({"kind": "notifications.tell", "args.subject": f"message:{message_id}"}).to_list()


async def test_whoever_falls_behind_is_notified_once(core: Core, pair: tuple[Writer, Writer]):
    """Of the first message that they have not read; again when they have read; and not where they have muted it."""
    ada, bob = pair
    first = await ada.send("one " * 40, to=[bob.id])
    (job,) = await asked(first.message_id)
    assert (job.args["people"], len(job.args["facts"]["preview"])) == ([bob.id], 80)
    thread = {"thread_id": first.thread_id}
    assert await asked((await ada.send("two", **thread)).message_id) == []
    await bob.read(first.thread_id, 2)
    assert len(await asked((await ada.send("three", **thread)).message_id)) == 1
    answer = await bob.send("four", **thread)
    assert [one.args["people"] for one in await asked(answer.message_id)] == [[ada.id]]
    assert await asked((await ada.send("five", **thread)).message_id) == []
    await bob.read(first.thread_id, 5)
    await bob.mute(first.thread_id, muted=True)
    assert await asked((await ada.send("six", **thread)).message_id) == []


def notification(reader: Writer, subject: str, link: str = "/") -> Notification:
    return Notification(
        id=PydanticObjectId(),
        user_id=PydanticObjectId(reader.id),
        kind=NotificationKind.MESSAGE_RECEIVED,
        category=Category.MESSAGES,
        once=subject,
        subject=subject,
        facts={"preview": "okapi"},
        link=link,
        created_at=now(),
    )


async def test_only_what_was_read_is_read_at_the_bell(core: Core, pair: tuple[Writer, Writer]):
    """A notification of a later message stays until that is read; one that came too late goes with the next reading."""
    ada, bob = pair
    first = await ada.send("one", to=[bob.id])
    second = await ada.send("two", thread_id=first.thread_id)
    await bob.read(first.thread_id, 1)
    unit, left = Unit(now()), {"user_id": PydanticObjectId(bob.id), "is_read": False}
    for sent in (first, second):
        unit.insert(notification(bob, f"message:{sent.message_id}", f"/messages/{first.thread_id}"))
    await core.committer.commit(unit)
    await bob.read(first.thread_id, 1)
    assert [one.subject async for one in Notification.find(left)] == [f"message:{second.message_id}"]
    await bob.read(first.thread_id, 2)
    assert await Notification.find(left).count() == 0


async def test_whoever_has_read_a_message_meanwhile_is_not_notified(core: Core, pair: tuple[Writer, Writer]):
    """The thread may be open on their screen, and the worker late."""
    ada, bob = pair
    sent = await ada.send("one", to=[bob.id])
    (job,) = await asked(sent.message_id)
    news = NotifyArgs.model_validate(job.args)
    assert list(await next_page(news, now())) == [PydanticObjectId(bob.id)]
    await bob.read(sent.thread_id, 1)
    assert await next_page(news, now()) == {}


async def test_notifications_of_a_deleted_message_go_with_it(core: Core, pair: tuple[Writer, Writer]):
    """Those on their way are stopped at once; of those that were made a job takes away the message's."""
    ada, bob = pair
    sent = await ada.send("okapi", to=[bob.id])
    scope = bob.scope()
    for once in (f"message:{sent.message_id}", "message:other"):
        scope.unit.insert(notification(bob, once))
    await core.committer.commit(scope.unit)
    await ada.delete(sent.message_id)
    assert await asked(sent.message_id) == []
    unit = Unit(now())
    assert await take_back_page(unit, f"message:{sent.message_id}") == 1
    await core.committer.commit(unit)
    left = await Notification.find({"user_id": PydanticObjectId(bob.id)}).to_list()
    assert [one.once for one in left] == ["message:other"]
    gone = {"kind": "notifications.take_back", "args.subject": f"message:{sent.message_id}"}
    assert await Job.find(gone).count() > 0


async def test_a_message_is_changed_for_15_minutes(core: Core, pair: tuple[Writer, Writer]):
    """By its author; later it can only be deleted."""
    ada, bob = pair
    sent = await ada.send("one", to=[bob.id])
    await ada.change(sent.message_id, "two", timedelta(minutes=14))
    with pytest.raises(TooLateToEdit):
        await ada.change(sent.message_id, "three", timedelta(minutes=16))
    assert [list(one["messages"].values()) for one in (await bob.snapshot()).values()] == [
        [(sent.message_id, ada.id, "two", 2)]
    ]
    await ada.delete(sent.message_id)
