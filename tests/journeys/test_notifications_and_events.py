"""Old list plus events is the new list, for everything that is told and read; and so is the count."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.notifications import NotificationsQuery
from server.app import Core
from services.access import enter_user
from services.notifications import listing, reading
from services.scopes import UserScope
from tests.harness.crowd import Class, news_of, open_class, scope_of, told

COMMANDS = st.lists(
    st.one_of(
        st.just(("tell", 0)),
        st.tuples(st.sampled_from(["read", "before"]), st.integers(0, 9)),
        st.just(("all", 0)),
    ),
    max_size=10,
)


class Reader:
    """Runs commands the way the endpoint does, and shows what one student reads."""

    def __init__(self, core: Core, room: Class) -> None:
        self.core, self.room, self.user = core, room, room.students[0]
        self.stream = f"notifications/user:{self.user.id}"

    async def inside(self) -> UserScope:
        return await enter_user(scope_of(self.core, self.user), str(self.user.id))

    async def run(self, name: str, number: int) -> None:
        if name == "tell":
            await told(self.core, await news_of(self.room))
            return
        scope, ids = await self.inside(), sorted((await self.snapshot())["read"]) or ["0" * 24]
        if name == "read":
            await reading.read_these(scope, ids[number % len(ids) :: 2])
        elif name == "before":
            await reading.read_before(scope, ids[number % len(ids)])
        else:
            await reading.read_all(scope)
        await self.core.committer.commit(scope.unit)

    async def snapshot(self) -> dict[str, Any]:
        """Of each notification whether it was read, and how many were not."""
        found = await listing.list_notifications(await self.inside(), NotificationsQuery(limit=100), None)
        unread = (await listing.summarise(await self.inside())).unread
        return {"read": {one.notification_id: one.read_at is not None for one in found.items}, "unread": unread}


def applied(held: dict[str, Any], name: str, payload: dict[str, Any]) -> None:
    """What a client does: events tell states, so that a repeat does no harm."""
    read = held["read"]
    if name == "notification.new":
        read.setdefault(payload["notificationId"], False)
    else:
        named = payload.get("ids") or [one for one in read if one <= payload["before"]]
        read.update(dict.fromkeys(named, True))
    held["unread"] = payload["unread"]


@given(before=COMMANDS, after=COMMANDS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_an_old_list_plus_events_is_the_new_list(core: Core, before: list, after: list):
    """For any commands before and after the snapshot, and with every event applied twice as it comes."""
    reader = Reader(core, await open_class(core, 1))
    for command in before:
        await reader.run(*command)
    position = (await core.events.heads([reader.stream]))[reader.stream]
    held = await reader.snapshot()
    for command in after:
        await reader.run(*command)

    for event in await core.events.after(reader.stream, position, 1000):
        for _ in range(2):
            applied(held, event.name, orjson.loads(event.payload))
    assert held == await reader.snapshot()
