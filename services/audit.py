"""Reading the audit log."""

from __future__ import annotations

import re
from collections.abc import Mapping

from beanie import PydanticObjectId

from models.unit import AuditRecord
from schemas.accounts import PersonOut
from schemas.audit import AuditOut, AuditQuery
from schemas.page import Page, page_of
from services.people import people
from services.permissions import Permission
from services.scopes import Scope
from services.unit import Match

_USER = re.compile(r"user:([0-9a-f]{24})")


async def read_audit(scope: Scope, query: AuditQuery) -> Page[AuditOut]:
    """The records that match, newest first, with the names of the people in them."""
    scope.require(Permission.AUDIT_READ)
    found = AuditRecord.find(_where(query))
    total = await found.count()
    records = await found.sort("-at", "-_id").skip(query.skip).limit(query.limit).to_list()
    ids = [one for record in records for one in (_actor(record), _subject_user(record)) if one is not None]
    known = await people(ids)
    return page_of([_render(record, known) for record in records], query, total)


def _where(query: AuditQuery) -> Match:
    where: dict[str, object] = {}
    if query.actor is not None:
        where["actor_id"] = query.actor
    if query.action is not None:
        begins = {"$gte": query.action, "$lt": f"{query.action[:-1]}/"}  # in ASCII a slash follows the dot
        where["action"] = begins if query.action.endswith(".") else query.action
    if query.subject is not None:
        where["subject"] = query.subject
    if query.start is not None or query.end is not None:
        bounds = {"$gte": query.start, "$lt": query.end}
        where["at"] = {operator: instant for operator, instant in bounds.items() if instant is not None}
    return where


def _actor(record: AuditRecord) -> PydanticObjectId | None:
    return PydanticObjectId(record.actor_id) if record.actor_id and PydanticObjectId.is_valid(record.actor_id) else None


def _subject_user(record: AuditRecord) -> PydanticObjectId | None:
    match = _USER.fullmatch(record.subject)
    return PydanticObjectId(match[1]) if match else None


def _render(record: AuditRecord, known: Mapping[PydanticObjectId, PersonOut]) -> AuditOut:
    actor, subject = _actor(record), _subject_user(record)
    return AuditOut(
        **record.model_dump(exclude={"ip_prefix", "seal"}),
        ip=record.ip_prefix,
        actor=known.get(actor) if actor else None,
        subject_user=known.get(subject) if subject else None,
    )
