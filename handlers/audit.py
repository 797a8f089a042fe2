"""The audit log over REST."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.audit import AuditOut, AuditQuery
from schemas.page import Page
from services import audit
from services.permissions import Permission as P
from services.scopes import Scope


async def read_audit(call: Call[Scope, AuditQuery]) -> Page[AuditOut]:
    """List what was done, newest first, by actor, action, object and time; that it was read is noted as well."""
    return await audit.read_audit(call.scope, call.input)


ROUTES = (
    Route(
        "GET", "/admin/audit", read_audit, AuditOut, P.AUDIT_READ, query=AuditQuery, listed=True, audits="audit.read"
    ),
)
