"""What a handler is called with, what it may answer, and the row that says how it is reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from pydantic import JsonValue

from schemas.page import Page
from schemas.streams import Audience
from schemas.types import In, Out
from services.accounts.desk import Desk, Device
from services.accounts.tokens import Claims
from services.call_limits import Limit
from services.errors import DomainError
from services.permissions import Permission
from services.ports import EventWriter, FollowerCounts, JobTable, LiveFeed, PresenceReader, ProcessReports
from services.scopes import Scope

Input = TypeVar("Input")
InScope = TypeVar("InScope", bound=Scope)

MAX_BODY = 1024 * 1024


class HealthReport(Protocol):
    """The state of the process and of what it stands on."""

    async def summary(self) -> tuple[Mapping[str, JsonValue], bool]:
        """The report of `/health`, and whether the process can serve."""

    async def is_ready(self) -> Mapping[str, bool]:
        """What `/readyz` looks at, by name."""


class Documents(Protocol):
    """The documents of the API, rendered once, when the server starts."""

    @property
    def openapi(self) -> bytes: ...

    @property
    def asyncapi(self) -> bytes: ...

    @property
    def api_page(self) -> bytes: ...

    @property
    def events_page(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class House:
    """What handlers are handed by the building. `push_key` is what browsers subscribe with, None where they cannot."""

    desk: Desk
    health: HealthReport
    metrics: Callable[[], Awaitable[bytes]]
    feed: LiveFeed
    presence: PresenceReader
    reports: ProcessReports
    followers: FollowerCounts
    documents: Documents
    jobs: JobTable
    push_key: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The client as the transport shows it. `refresh_cookie` is read only after a same-origin proof.

    `is_browser` says that one of our own pages asks, `is_visit` that a browser does, whatever led it here.

    `asked_language` is None where the client names none that we speak; `language` is English then.

    `address` may be the word of a proxy that we trust; `origin` is the scheme and host that was called; `claims` is
    what the token says; `cursor` is the Last-Event-ID of a returning reader of events; `visit_cookie` comes back with
    a browser that was sent to a provider.
    """

    device: Device
    is_browser: bool
    is_visit: bool
    refresh_cookie: str | None
    language: str
    address: str
    origin: str
    asked_language: str | None = None
    claims: Claims | None = None
    cursor: str | None = None
    visit_cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Call(Generic[InScope, Input]):
    """One request: `input` is the parsed body of a write, the parsed query of a read."""

    scope: InScope
    input: Input
    caller: Caller
    house: House


@dataclass(frozen=True, slots=True)
class SetCookie:
    """A credential for a browser, or the id of its device; an empty value takes it away.

    `kind` is `access`, `refresh`, `device` or `visit`.
    """

    kind: str
    value: str
    max_age_s: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that differs from its row's status, or that sets cookies."""

    data: Out
    status: HTTPStatus | None = None
    cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Late:
    """A reply that is known in the transaction only, when the unit's inside work is done: then `data` is asked."""

    data: Callable[[], Out]


@dataclass(frozen=True, slots=True)
class Redirect:
    """A reply that sends a browser elsewhere."""

    location: str
    cookies: tuple[SetCookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Bare:
    """A reply outside the envelope, for machines that expect a shape of their own.

    With an ETag in `headers` it is answered with 304 to whoever has it; `compressible` if the client takes gzip.
    """

    body: bytes
    status: HTTPStatus = HTTPStatus.OK
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    compressible: bool = False


@dataclass(frozen=True, slots=True)
class Live:
    """A reply that goes on: `serve` writes server-sent events for as long as there is someone to read them."""

    serve: Callable[[EventWriter], Awaitable[None]]


Reply: TypeAlias = Out | Page[Any] | Answer | Late | Redirect | Bare | Live
Handler: TypeAlias = Callable[[Any], Awaitable[Reply]]


class Gate(StrEnum):
    """Routes that need no permission: open to all (a bad token counts as none), or to whoever is signed in."""

    OPEN = "open"
    SIGNED_IN = "signed in"


@dataclass(frozen=True, slots=True)
class Route:
    """One row of ROUTES.

    `about` names the object that the permission is asked for (`path.course_id`, `body.course_id`,
    `query.course_id`, or `caller.user_id`: the caller's own account); `as_of` the audiences whose streams a client
    follows from this snapshot on; `example` a body that the documents show and the tests send. `stored` says whether a
    repeated Idempotency-Key gets the first answer again; `streams` that the reply is a stream of events, which a
    refresh cookie may open too and inside which its errors are told; `step_up` that the caller must have proved within
    the last ten minutes who they are; `audits` the action under which the audit log notes that somebody has read what
    is others' (a change is audited by its service); `or_school` that the object may be the whole school: where the
    request names none, or names what is for everyone. A path stands under /api/v1 and /api, unless `at_root`.

    `limit` names the class of calls that it counts in (`services/call_limits.py`), and `cost` how many calls it counts
    for, before it is run. What stands `at_root`, probes and documents, is not limited.

    For the documents only: `also` are further statuses that carry the reply, `raises` the refusals that are this
    row's own (`handlers/refusals.py` knows the others), `media` the type of a reply outside the envelope.
    """

    method: str
    path: str
    handler: Handler
    reply: type[Out] | None
    requires: Permission | Gate
    body: type[In] | None = None
    query: type[In] | None = None
    about: str | None = None
    status: HTTPStatus = HTTPStatus.OK
    body_limit: int = MAX_BODY
    aliases: tuple[str, ...] = ()
    as_of: tuple[Audience, ...] = ()
    example: Mapping[str, JsonValue] | None = None
    stored: bool = True
    listed: bool = False
    streams: bool = False
    step_up: bool = False
    audits: str | None = None
    or_school: bool = False
    at_root: bool = False
    limit: Limit = Limit.API
    cost: int = 1
    also: tuple[HTTPStatus, ...] = ()
    raises: tuple[type[DomainError], ...] = ()
    media: str | None = None

    @property
    def is_write(self) -> bool:
        return self.method not in {"GET", "HEAD"}

    @property
    def paths(self) -> tuple[str, ...]:
        """Every address of the row, the canonical one first."""
        own = (self.path, *self.aliases)
        return own if self.at_root else tuple(f"{base}{path}" for base in ("/api/v1", "/api") for path in own)

    @property
    def about_source(self) -> str:
        """Where the object's id stands: path, body, query or caller; empty when the row is about no object."""
        return (self.about or "").partition(".")[0]

    @property
    def about_name(self) -> str:
        return (self.about or "").partition(".")[2]
