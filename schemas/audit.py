"""The audit log on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from schemas.accounts import PersonOut
from schemas.page import PageQuery
from schemas.types import Id, Out, OutId


class AuditQuery(PageQuery):
    """Who, what, on which object, and when. An action that ends with a dot stands for all that begin with it."""

    actor: Id | None = None
    action: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]*)?$", max_length=60)] | None = None
    subject: Annotated[str, Field(max_length=200)] | None = None
    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None


class AuditOut(Out):
    """One record. `actor` is null for the house itself; `sessionId` is that of a session or an API key.

    `subjectUser` is whom the record is about, where it is about an account. `seq` is the record's place in the sealed
    chain, null for the seconds before it is sealed. `result` is `done`, or the code of the refusal.
    """

    id: OutId
    seq: int | None
    at: AwareDatetime
    actor_id: str | None
    actor: PersonOut | None
    session_id: str | None
    action: str
    subject: str
    subject_user: PersonOut | None
    details: dict[str, JsonValue]
    result: str
    ip: str
    request_id: str
