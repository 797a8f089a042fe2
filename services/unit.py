"""The unit: everything that one call changes, collected before any of it is written.

A service fills it and writes nothing; the committer stores all of it or none (`docs/architecture.md`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from beanie import Document, PydanticObjectId
from pydantic import BaseModel, JsonValue
from pymongo.asynchronous.client_session import AsyncClientSession

from models.base import Record
from models.unit import IdempotencyRecord
from schemas.events import SPEC_OF, Event, EventSpec

Match: TypeAlias = Mapping[str, object]
InsideWork: TypeAlias = Callable[[AsyncClientSession], Awaitable["Unit | None"]]


@dataclass(frozen=True, slots=True)
class GuardedUpdate:
    """One update that must match one document, or the unit's reading was out of date."""

    model: type[Document]
    where: Match
    change: Match


@dataclass(frozen=True, slots=True)
class Removal:
    """Documents that shall be gone; none matching is no error."""

    model: type[Document]
    where: Match


@dataclass(slots=True)
class PendingEvent:
    """An event before it has a number. One fact has one id, however many streams carry it."""

    spec: EventSpec
    fact_id: PydanticObjectId
    streams: tuple[str, ...]
    subject: str
    object_version: int | None
    payload: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class PendingRevocation:
    """`key` is one of those that `Revocation` knows."""

    key: str
    reason: str
    permission_version: int | None


@dataclass(frozen=True, slots=True)
class PendingAudit:
    action: str
    subject: str
    details: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class PendingJob:
    """Due at `at`, or when `after_s` seconds have passed since the commit."""

    kind: str
    args: dict[str, JsonValue]
    after_s: float = 0.0
    at: datetime | None = None
    key: str | None = None
    line: str | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """On whose behalf a unit is written; None stands for the house itself."""

    user_id: str | None = None
    session_id: str | None = None
    ip_prefix: str = ""
    request_id: str = ""
    mutation: str | None = None


@dataclass(slots=True)
class Unit:
    """What one call changes. `at` is the instant of the call, the same for everything in it.

    `result` is what the audit log says of it: `done`, or the code of the refusal that it ended with.
    """

    at: datetime
    author: Author = field(default_factory=Author)
    inserts: list[Document] = field(default_factory=list)
    updates: list[GuardedUpdate] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    events: list[PendingEvent] = field(default_factory=list)
    redactions: list[str] = field(default_factory=list)
    jobs: list[PendingJob] = field(default_factory=list)
    audits: list[PendingAudit] = field(default_factory=list)
    revocations: list[PendingRevocation] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    answer: IdempotencyRecord | None = None
    inside_work: InsideWork | None = None
    result: str = "done"

    @property
    def is_empty(self) -> bool:
        return not (self.size or self.answer or self.inside_work)

    @property
    def size(self) -> int:
        """How many documents the unit writes, for the committer's limits."""
        told = (self.events, self.redactions, self.jobs, self.audits, self.revocations)
        return sum(len(part) for part in (self.inserts, self.updates, self.removals, *told))

    def insert(self, document: Document) -> None:
        self.inserts.append(document)

    def update(self, model: type[Document], where: Match, change: Match) -> None:
        """Change the one document that matches; none matching means that the call runs again."""
        self.updates.append(GuardedUpdate(model, where, change))

    def remove(self, model: type[Document], where: Match) -> None:
        """Delete for good; what others may still refer to is changed instead."""
        self.removals.append(Removal(model, where))

    def change(self, record: Record, **fields: object) -> None:
        """Set fields of a record that was read, guarded by the version that was read, and count it up."""
        guard = {"_id": record.id, "version": record.version}
        for name, value in fields.items():
            setattr(record, name, value)
        record.updated_at = self.at
        record.version += 1
        self.update(type(record), guard, {"$set": {**fields, "updated_at": self.at}, "$inc": {"version": 1}})

    def emit(self, event: Event, *, object_version: int | None = None) -> None:
        """Tell a fact to the audience that its row in EVENTS states."""
        spec = SPEC_OF[type(event)]
        address = event.address
        self.events.append(
            PendingEvent(
                spec=spec,
                fact_id=PydanticObjectId(),
                streams=spec.audience.streams(address),
                subject=spec.subject.format_map(address),
                object_version=object_version,
                payload=event.model_dump(mode="json", by_alias=True, exclude_unset=True),
            )
        )

    def redact(self, subject: str) -> None:
        """Empty every event told so far of this subject; the numbers stay."""
        self.redactions.append(subject)

    def enqueue(
        self,
        kind: str,
        args: BaseModel,
        *,
        after_s: float = 0.0,
        at: datetime | None = None,
        key: str | None = None,
        line: str | None = None,
    ) -> None:
        """Commit work that a worker does afterwards; `kind` is a row of JOBS.

        It is due at once, when `after_s` seconds have passed, or at the instant `at`. Of one `key` there is one job in
        seven days, whoever enqueues it again. Jobs of one `line` run one after the other, in the order of their making.
        """
        self.jobs.append(PendingJob(kind, args.model_dump(mode="json"), after_s, at, key, line))

    def audit(self, action: str, subject: str, **details: JsonValue) -> None:
        self.audits.append(PendingAudit(action, subject, details))

    def revoke(self, key: str, reason: str, *, permission_version: int | None = None) -> None:
        """End a right, or a live connection, on every instance; `key` is one of those that `Revocation` knows."""
        self.revocations.append(PendingRevocation(key, reason, permission_version))

    def touch(self, *keys: str) -> None:
        """Name what this change makes outdated wherever it is kept (`course:3`, `courses`)."""
        self.touched.update(keys)

    def inside(self, work: InsideWork) -> None:
        """Hand in a rule that must read inside the transaction; such a unit commits alone.

        What follows from its reading it answers as a unit, a new one each time, which commits with this one.
        """
        self.inside_work = work

    def joined(self, more: Unit | None) -> Unit:
        """The same unit with what another adds."""
        if more is None:
            return self
        return replace(
            self,
            inserts=self.inserts + more.inserts,
            updates=self.updates + more.updates,
            removals=self.removals + more.removals,
            events=self.events + more.events,
            redactions=self.redactions + more.redactions,
            jobs=self.jobs + more.jobs,
            audits=self.audits + more.audits,
            revocations=self.revocations + more.revocations,
            touched=self.touched | more.touched,
        )
