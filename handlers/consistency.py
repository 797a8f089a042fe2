"""What the nightly checks found, over REST."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.consistency import FindingOut, FindingsQuery
from schemas.page import Page
from services.consistency import findings
from services.permissions import Permission as P
from services.scopes import Scope


async def list_findings(call: Call[Scope, FindingsQuery]) -> Page[FindingOut]:
    """List what does not agree in what is stored, as the nightly checks found it, newest first."""
    return await findings.list_findings(call.scope, call.input)


ROUTES = (
    Route("GET", "/admin/consistency", list_findings, FindingOut, P.SCHOOL_REPAIR, query=FindingsQuery, listed=True),
)
