"""One's sessions over REST: seeing them, and ending them."""

from __future__ import annotations

from handlers.accounts import SIGNED_OUT
from handlers.call import Answer, Call, Route
from schemas.accounts import DoneOut
from schemas.page import Page, PageQuery
from schemas.sessions import DeviceSessionOut, RevokedOut
from services.accounts import own_sessions
from services.permissions import Permission as P
from services.scopes import Scope, SessionScope, UserScope


async def list_sessions(call: Call[Scope, PageQuery]) -> Page[DeviceSessionOut]:
    """List the devices on which one is signed in, the one that was used last first."""
    return await own_sessions.list_sessions(call.scope, call.input)


async def revoke_session(call: Call[SessionScope, None]) -> Answer:
    """End one session, here and on every socket that it opened."""
    await own_sessions.revoke_one(call.scope)
    is_own = str(call.scope.family.id) == call.scope.actor.session_id
    return Answer(DoneOut(), cookies=SIGNED_OUT if is_own else ())


async def revoke_others(call: Call[Scope, None]) -> RevokedOut:
    """End every session of one's own but this one."""
    return RevokedOut(revoked=await own_sessions.revoke_others(call.scope))


async def revoke_all(call: Call[UserScope, None]) -> RevokedOut:
    """End every session of somebody else's account."""
    return RevokedOut(revoked=await own_sessions.revoke_all(call.scope))


ONE = "/auth/sessions/{session_id}"

ROUTES = (
    Route("GET", "/auth/sessions", list_sessions, DeviceSessionOut, P.USER_READ_SELF, query=PageQuery, listed=True),
    Route("DELETE", "/auth/sessions", revoke_others, RevokedOut, P.SESSION_END, step_up=True),
    Route("DELETE", ONE, revoke_session, DoneOut, P.SESSION_END, about="path.session_id", step_up=True),
    Route(
        "POST",
        "/users/{user_id}/sessions/revoke",
        revoke_all,
        RevokedOut,
        P.USER_END_SESSIONS,
        about="path.user_id",
        step_up=True,
    ),
)
