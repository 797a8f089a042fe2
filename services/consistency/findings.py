"""Keeping what the checks found, and showing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from models.findings import Finding
from schemas.consistency import FindingOut, FindingsQuery
from schemas.page import Page, page_of
from services.consistency.looking import Problem
from services.permissions import Permission
from services.scopes import Scope
from services.unit import Unit

AT_ONCE: Final = 150


async def note(unit: Unit, check: str, problems: Sequence[Problem], at: datetime) -> Sequence[Problem]:
    """Put what a page found into the unit; returns what nobody knew of, or what has come back."""
    ids = {f"{check}:{problem.subject}": problem for problem in problems}
    known = {row.id: row for row in await Finding.find({"_id": {"$in": list(ids)}}).to_list()}
    for finding_id, problem in ids.items():
        if (row := known.get(finding_id)) is None:
            unit.insert(_first(finding_id, check, problem, at))
            continue
        since = {} if row.resolved_at is None else {"first_seen": at}
        change = {"found": problem.found, "last_seen": at, "resolved_at": None, **since}
        unit.update(Finding, {"_id": finding_id, "last_seen": row.last_seen}, {"$set": change})
    return [one for key, one in ids.items() if key not in known or known[key].resolved_at is not None]


def _first(finding_id: str, check: str, problem: Problem, at: datetime) -> Finding:
    return Finding(
        id=finding_id, check=check, subject=problem.subject, found=problem.found, first_seen=at, last_seen=at
    )


async def resolve(unit: Unit, check: str, *, began: datetime, at: datetime, besides: Sequence[Problem] = ()) -> None:
    """End what a round that began then did not find again, nor found just now; of very many the rest waits a night."""
    past = {
        "_id": {"$nin": [f"{check}:{problem.subject}" for problem in besides]},
        "check": check,
        "resolved_at": None,
        "last_seen": {"$lt": began},
    }
    rows = await Finding.find(past).sort("_id").limit(AT_ONCE).to_list()
    for row in rows:
        unit.update(Finding, {"_id": row.id, "last_seen": row.last_seen}, {"$set": {"resolved_at": at}})


async def list_findings(scope: Scope, query: FindingsQuery) -> Page[FindingOut]:
    """What the checks found, the newest first; without what was resolved unless it is asked for."""
    scope.require(Permission.SCHOOL_REPAIR)
    where: dict[str, object] = {} if query.resolved else {"resolved_at": None}
    if query.check is not None:
        where["check"] = query.check
    found = Finding.find(where)
    total = await found.count()
    rows = await found.sort("-last_seen", "_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([FindingOut(**row.model_dump(exclude={"id", "revision_id"})) for row in rows], query, total)
