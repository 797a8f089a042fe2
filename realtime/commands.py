"""The COMMANDS table: what a client may say on a socket. A client never names a room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from pydantic import JsonValue

from realtime.caps import Caps
from realtime.connection import Connection
from realtime.ephemeral import Ephemeral, Throttle
from realtime.meter import RealtimeMeter
from realtime.resume import Budget, Joining, Resumer
from schemas.accounts import DoneOut
from schemas.events.messages import ThreadTyping
from schemas.events.presence import MemberTyping
from schemas.messages import ThreadWatchIn
from schemas.presence import PresenceListIn, PresenceOut, TypingIn
from schemas.realtime import (
    CourseUnwatchIn,
    CourseWatchIn,
    ExpiryOut,
    RefreshAuthIn,
    ResetReason,
    Resume,
    StreamsOut,
    SyncIn,
)
from schemas.streams import SCHOOL_STREAM, Namespace, Room, Stream, course_streams, parse_stream
from schemas.types import In, Out, now
from services.access import enter_course, enter_thread, first_followed, may_follow
from services.accounts.tokens import Tokens
from services.crypto import Keyring
from services.errors import AnotherUser, NotFound, TooManyStreams
from services.messages.rendering import stream_of
from services.messages.typists import listeners
from services.permissions import Permission
from services.ports import ApiKeyDoor, PresenceReader, RevocationList
from services.presence import list_present, present
from services.scopes import ROOM_PERMISSION, CourseScope, Scope
from services.unit import Unit

TYPING_FOR_MS: Final = 5000
"""How long one who typed counts as typing; longer than the 3 s after which a client's next word is passed on."""

Afterwards: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class LiveDoor:
    """What commands work with. `renew` puts the rights that hold now on a connection."""

    keys: Keyring
    tokens: Tokens
    api_keys: ApiKeyDoor
    revocations: RevocationList
    resumer: Resumer
    meter: RealtimeMeter
    caps: Caps
    presence: PresenceReader
    ephemeral: Ephemeral
    typing: Throttle
    renew: Callable[[Connection], Awaitable[None]]


@dataclass(slots=True)
class Said:
    """One command as it is run. `afterwards` starts when the ack is on its way.

    `rights_changed` is the connection's count before anything was asked about rights.
    """

    door: LiveDoor
    connection: Connection
    namespace: Namespace
    body: Any
    rights_changed: int
    afterwards: Afterwards | None = None

    @property
    def scope(self) -> Scope:
        return Scope(self.connection.claims.actor, Unit(at=now()), self.door.keys)


@dataclass(frozen=True, slots=True)
class Command:
    """One row of COMMANDS; every row is understood in each of `namespaces`."""

    name: str
    run: Callable[[Said], Awaitable[Out]]
    body: type[In]
    reply: type[Out]
    requires: Permission | None
    namespaces: frozenset[Namespace] = frozenset(Namespace)


async def watch_course(said: Said) -> StreamsOut:
    """Follow what the caller may read of a course here. Watching twice joins and replays nothing again."""
    body: CourseWatchIn = said.body
    streams = [stream for course_id in dict.fromkeys(body.courses) for stream in await _readable(said, course_id)]
    new = [stream for stream in streams if stream.name not in said.connection.followers]
    kept = {
        stream.name: said.door.resumer.place_of(said.connection, stream.name) for stream in streams if stream not in new
    }
    joined = await _join(said, [stream.name for stream in new], body.resume, tell=False)
    return StreamsOut(streams={**kept, **joined})


async def unwatch_course(said: Said) -> DoneOut:
    """Stop following a course here; what was not followed is no error."""
    body: CourseUnwatchIn = said.body
    for stream in course_streams(said.namespace, body.course_id):
        said.door.resumer.drop(said.connection, stream.name)
    return DoneOut()


async def watch_thread(said: Said) -> StreamsOut:
    """Follow a thread of more than 50 people; one of fewer has no stream, because all of it comes on one's own."""
    body: ThreadWatchIn = said.body
    inside = await enter_thread(said.scope, body.thread_id)
    inside.require(Permission.MESSAGE_READ)
    name = stream_of(inside.thread)
    if not inside.thread.is_crowd:
        return StreamsOut(streams={})
    if name in said.connection.followers:
        return StreamsOut(streams={name: said.door.resumer.place_of(said.connection, name)})
    return StreamsOut(streams=await _join(said, [name], body.resume, tell=False))


async def sync_stream(said: Said) -> StreamsOut:
    """Go on with one stream from a position: after a gap, or after a reset and a new snapshot."""
    body: SyncIn = said.body
    stream = parse_stream(body.stream)
    if stream is None or stream.namespace is not said.namespace or not await may_follow(said.scope, stream):
        raise NotFound
    return StreamsOut(
        streams=await _join(said, [stream.name], {stream.name: [body.epoch, body.seq]}, tell=True),
    )


async def refresh_auth(said: Said) -> ExpiryOut:
    """Put a fresh token of the same session on the open connection."""
    body: RefreshAuthIn = said.body
    claims = said.door.tokens.verify(body.token)
    said.door.revocations.check(claims)
    if (claims.user_id, claims.session_id) != (said.connection.claims.user_id, said.connection.claims.session_id):
        raise AnotherUser
    said.connection.renew(claims)
    said.door.meter.auth_refreshed()
    return ExpiryOut(expires_at=claims.expires_at)


async def who_is_here(said: Said) -> PresenceOut:
    """List who is in a course's room just now, or count them when they are more than 200."""
    body: PresenceListIn = said.body
    inside = await _inside(said, body.course_id)
    return await list_present(inside, await said.door.presence.read(body.course_id))


async def tell_typing(said: Said) -> DoneOut:
    """Tell a course's room, or a thread, that the caller is writing; what comes within 3 s is not passed on."""
    body: TypingIn = said.body
    if body.course_id is None:
        return await _tell_thread(said, str(body.thread_id))
    # Who follows the room was let in and is watched since, so most keys of a typist cost no read of the database.
    if not any(room.name in said.connection.followers for room in course_streams(said.namespace, body.course_id)):
        await _inside(said, body.course_id)
    if said.door.typing.allows(said.connection):
        for person in await present({said.connection.claims.user_id: said.scope.at}):
            said.door.ephemeral.tell(
                MemberTyping(
                    course_id=body.course_id,
                    user_id=person.id,
                    name=person.name,
                    where=str(body.where),
                    in_ms=TYPING_FOR_MS,
                )
            )
    return DoneOut()


async def _tell_thread(said: Said, thread_id: str) -> DoneOut:
    told = await listeners(await enter_thread(said.scope, thread_id))
    if said.door.typing.allows(said.connection):
        for person in await present({said.connection.claims.user_id: said.scope.at}):
            said.door.ephemeral.tell(
                ThreadTyping(**told, thread_id=thread_id, user_id=person.id, name=person.name, in_ms=TYPING_FOR_MS)
            )
    return DoneOut()


async def _inside(said: Said, course_id: str) -> CourseScope:
    """Enter a course that the caller may follow; `Forbidden` for those who are not in it."""
    inside = await enter_course(said.scope, course_id)
    inside.require(Permission.COURSE_FOLLOW)
    return inside


async def _readable(said: Said, course_id: str) -> list[Stream]:
    """The streams of a course that the caller may read here."""
    inside = await _inside(said, course_id)
    return [
        stream for stream in course_streams(said.namespace, course_id) if inside.allows(ROOM_PERMISSION[stream.room])
    ]


async def _join(said: Said, names: list[str], resume: Resume, *, tell: bool) -> dict[str, tuple[str, int]]:
    """Take places now, and begin to deliver after the ack."""
    resumer = said.door.resumer
    joinings = await _together(said, [_take(said, name, resume.get(name)) for name in names])
    said.afterwards = partial(_deliver, said, joinings, tell=tell)
    return {joining.follower.stream: resumer.position(joining) for joining in joinings if joining.reason is None}


async def _take(said: Said, name: str, position: JsonValue) -> Joining:
    """Take one place, if the connection may have one more: the count and the taking are one step."""
    followed, at_most = said.connection.followers, said.door.caps.limits.streams
    if name not in followed and len(followed) >= at_most:
        raise TooManyStreams(limit=at_most)
    joining = await said.door.resumer.prepare(said.connection, name, position)
    stream = parse_stream(name)
    if stream is not None and stream.room is Room.THREAD and joining.claimed is not None:
        first = await first_followed(said.scope, stream)
        if first is None or joining.starts_at < first:  # before they joined: REST does not show that either
            joining.reason = ResetReason.NOT_PERMITTED if first is None else ResetReason.TOO_OLD
    return joining


async def _together(said: Said, takings: list[Coroutine[Any, Any, Joining | None]]) -> list[Joining]:
    """All places, or none and the first refusal. Side by side, their channels and heads are asked for at once."""
    if len(takings) == 1:  # every CONNECT of a storm: no task for it
        alone = await takings[0]
        return [alone] if alone is not None else []
    found = await asyncio.gather(*takings, return_exceptions=True)
    joinings = [one for one in found if isinstance(one, Joining)]
    for refusal in found:
        if isinstance(refusal, BaseException):
            for joining in joinings:
                said.door.resumer.drop(said.connection, joining.follower.stream)
            raise refusal
    return joinings


async def join_on_connect(said: Said, own: str, resume: Resume) -> None:
    """Join the user's own stream and the school's, and go on with every stream of this namespace in `resume`."""
    resumer, scope = said.door.resumer, said.scope
    schools = [SCHOOL_STREAM.name] if said.namespace is SCHOOL_STREAM.namespace else []
    if schools and SCHOOL_STREAM.name not in resume and not await may_follow(scope, SCHOOL_STREAM):
        schools = []
    refused: list[tuple[str, ResetReason]] = []

    async def take(name: str) -> Joining | None:
        stream = parse_stream(name)
        if stream is None or stream.namespace is not said.namespace:
            refused.append((name, ResetReason.UNKNOWN_STREAM))
        elif not await may_follow(scope, stream):
            refused.append((name, ResetReason.NOT_PERMITTED))
        else:
            return await _take(said, name, resume.get(name))
        return None

    joinings = await _together(said, [take(name) for name in dict.fromkeys([own, *schools, *resume])])

    async def deliver() -> None:
        for name, reason in refused:
            resumer.reset(said.connection, name, reason)
        await _deliver(said, joinings, tell=True)

    said.afterwards = deliver


async def _deliver(said: Said, joinings: list[Joining], *, tell: bool) -> None:
    """Begin delivery; where a right ended since it was asked about, ask again first."""
    resumer, budget = said.door.resumer, Budget()
    for joining in joinings:
        stream = parse_stream(joining.follower.stream)
        changed = said.connection.rights_changed != said.rights_changed
        if changed and not (stream and await may_follow(said.scope, stream)):
            joining.reason = ResetReason.NOT_PERMITTED
        await resumer.start(joining, budget, tell=tell)


COLLAB: Final = frozenset({Namespace.COLLAB})

COMMANDS: Final = (
    Command("course.watch", watch_course, CourseWatchIn, StreamsOut, Permission.COURSE_FOLLOW),
    Command("course.unwatch", unwatch_course, CourseUnwatchIn, DoneOut, None),
    Command("thread.watch", watch_thread, ThreadWatchIn, StreamsOut, Permission.MESSAGE_READ, COLLAB),
    Command("sync", sync_stream, SyncIn, StreamsOut, None),
    Command("auth.refresh", refresh_auth, RefreshAuthIn, ExpiryOut, None),
    Command("presence.list", who_is_here, PresenceListIn, PresenceOut, Permission.COURSE_FOLLOW, COLLAB),
    Command("typing", tell_typing, TypingIn, DoneOut, Permission.COURSE_FOLLOW, COLLAB),
)
