"""What doors and services need from the building, as protocols; the building hands the real things in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from schemas.jobs import Lane
from schemas.operations import ProcessReport
from schemas.streams import Topic
from services.call_limits import Limit, Standing

if TYPE_CHECKING:
    from services.accounts.tokens import Claims
    from services.errors import DomainError
    from services.transaction import Committed


class Announcer(Protocol):
    """Hears of every commit of this process, in order, at once and without waiting."""

    def announce(self, committed: Sequence[Committed]) -> None: ...


class UnitMeter(Protocol):
    """Counts what the committer does."""

    def committed(self, *, units: int) -> None: ...

    def conflict(self) -> None: ...


class RevocationList(Protocol):
    """The rights that ended, held in memory and at most a second old."""

    def check(self, claims: Claims) -> None:
        """Raise the refusal when the session or the user behind the token has lost the right to call."""


class ApiKeyDoor(Protocol):
    """Knows the API keys that were used in the last 30 s, and asks the database for the others."""

    async def verify(self, text: str, address: str) -> Claims:
        """Whom the key speaks for; raises the refusal of one that is unknown, revoked or used from elsewhere."""


class Guess(StrEnum):
    """What somebody could try again and again.

    A password, a code of a second factor, a mail to somebody else, a code sent to oneself, a text message of the
    whole school.
    """

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "code"
    MAIL = "mail"
    SENT_CODE = "sent_code"
    TEXT = "text"


class GuessLimits(Protocol):
    """Counts tries in the database, so that no restart and no lost Redis gives one more.

    `account` names whose password, code or mailbox it is, and need not exist: whoever is told to wait learns nothing
    of it. `device` is one that its owner has used before; there a password counts by itself, whatever strangers do.
    """

    async def take(self, guess: Guess, *, account: str, address: str, device: str | None = None) -> None:
        """Count a try before it is looked at, or raise `TooManyAttempts` or, for passwords, `ResetRequired`."""

    async def give_back(self, guess: Guess, *, account: str, address: str, device: str | None = None) -> None:
        """The try was right: it does not count."""

    async def forgive(self, *, account: str, address: str, device: str | None = None) -> None:
        """Forget the wrong passwords of an account: its owner has set a new one by mail, at this address."""

    async def slow_down(self) -> None:
        """Return late while the whole school is being guessed at."""

    def one_by_one(self, account: str) -> AbstractAsyncContextManager[None]:
        """Let right passwords that come side by side wait for each other, so that none is taken for a guess."""


class ActivityBook(Protocol):
    """Remembers when each session was last used, and from where."""

    def saw(self, session_id: str, ip_prefix: str) -> None:
        """A session has called; costs nothing, and reaches the database within seconds, once in five minutes."""


class CallLimits(Protocol):
    """Counts calls over all processes, and never keeps one waiting for more than 100 ms."""

    async def take(self, limit: Limit, *, user_id: str | None, address: str, cost: int) -> Standing | None:
        """Count a call if it fits; None where there is nobody to count it for."""


class OutgoingReply(Protocol):
    """What another server answered; at most 1 MiB was read."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...


class OutgoingError(Exception):
    """The other server may not be called, gave no answer in 10 s, or one that is too long."""


class Outgoing(Protocol):
    """Calls to other servers, never to an address of the inside (SSRF), never through a redirect.

    Both raise `OutgoingError`.
    """

    async def get(self, url: str, headers: Mapping[str, str]) -> OutgoingReply: ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutgoingReply: ...


class ChangeHints(Protocol):
    """Tells every instance which objects have changed."""

    async def touched(self, keys: Collection[str]) -> None:
        """Return when the other instances can know, after 50 ms at the latest."""


@dataclass(frozen=True, slots=True)
class FeedRequest:
    """What a reader of server-sent events asks for; `cursor` is opaque."""

    claims: Claims
    topics: frozenset[Topic]
    course_id: str | None
    cursor: str | None
    language: str
    address: str


class EventWriter(Protocol):
    """An open response."""

    async def write(self, data: bytes) -> None:
        """Send; waits while the reader is slow."""

    def abort(self) -> None:
        """End the connection at once."""


class LiveFeed(Protocol):
    """Server-sent events over the same streams as the sockets."""

    async def serve(self, request: FeedRequest, writer: EventWriter) -> None:
        """Write until the reader leaves, the right ends, or it is time to come back."""

    def refuse(self, error: DomainError, language: str) -> bytes:
        """An error as it is told inside the stream: EventSource gives up on every status but 200."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """What operators are shown of a row of JOBS."""

    kind: str
    lane: Lane
    attempts: int
    cron_line: str | None
    cron_zone: str


@dataclass(frozen=True, slots=True)
class JobTable:
    """The rows of JOBS, and how many jobs of each lane one worker runs at once."""

    kinds: Sequence[JobKind]
    limits: Mapping[Lane, int]


class ProcessReports(Protocol):
    """What all processes of the school say of themselves."""

    async def read(self) -> Sequence[ProcessReport]:
        """One report a process, at most 5 s old, in the order of instance and name; without Redis only the own."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """How many people are in a course's room, and since when each of them; None when there are more than 200."""

    count: int
    since: Mapping[str, datetime] | None


class PresenceReader(Protocol):
    """Who follows a course's room just now, on any instance."""

    async def read(self, course_id: str) -> Attendance: ...


@dataclass(frozen=True, slots=True)
class Followed:
    """How many connections follow each stream; `answered` of the `asked` processes are counted in."""

    streams: Mapping[str, int]
    asked: int
    answered: int


class FollowerCounts(Protocol):
    """Asks every process who follows what, and waits for a second at most."""

    async def of(self, stream: str) -> Followed: ...

    async def busiest(self, limit: int) -> Followed:
        """The streams of courses with the most followers, most first."""
