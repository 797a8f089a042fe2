"""The list of one's sessions, and ending them."""

from __future__ import annotations

from models.accounts import RefreshFamily, User
from schemas.page import Page, PageQuery, page_of
from schemas.sessions import DeviceInfoOut, DeviceSessionOut
from services.accounts.devices import looks_of
from services.accounts.families import alive, end_family
from services.accounts.roles import grants_of
from services.accounts.sessions import end_all
from services.errors import Forbidden, NotAuthenticated
from services.permissions import Permission
from services.scopes import Scope, SessionScope, UserScope

REVOKED = "revoked"


async def list_sessions(scope: Scope, query: PageQuery) -> Page[DeviceSessionOut]:
    """The caller's sessions, the one that was used last first."""
    scope.require(Permission.USER_READ_SELF)
    user = await _caller(scope)
    where = alive(user.id, scope.at)
    found = RefreshFamily.find(where).sort("-last_seen_at", "-_id").skip(query.skip).limit(query.limit)
    grants = await grants_of(user, scope.at)
    held = sorted(permission for permission in Permission if grants.reach(user.role, permission) is not None)
    rows = [
        _render(family, held, is_current=str(family.id) == scope.actor.session_id) for family in await found.to_list()
    ]
    return page_of(rows, query, await RefreshFamily.find(where).count())


async def revoke_one(scope: SessionScope) -> None:
    """End this session everywhere."""
    scope.require(Permission.SESSION_END)
    end_family(scope, scope.family, REVOKED)


async def revoke_others(scope: Scope) -> int:
    """End every session of the caller but the one that calls."""
    scope.require(Permission.SESSION_END)
    return await end_all(scope, await _caller(scope), REVOKED, except_session=scope.actor.session_id)


async def revoke_all(scope: UserScope) -> int:
    """End every session of somebody else's account; for one's own there is `revoke_others`."""
    scope.require(Permission.USER_END_SESSIONS)
    if scope.is_own:
        raise Forbidden
    return await end_all(scope, scope.user, REVOKED)


async def _caller(scope: Scope) -> User:
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    return user


def _render(family: RefreshFamily, permissions: list[Permission], *, is_current: bool) -> DeviceSessionOut:
    looks = looks_of(family.user_agent)
    return DeviceSessionOut(
        id=family.id,
        device_info=DeviceInfoOut(name=looks.name, browser=looks.browser, os=looks.os, kind=looks.kind),
        user_agent=family.user_agent,
        ip=family.last_ip_prefix or family.ip_prefix,
        first_ip=family.ip_prefix,
        created_at=family.created_at,
        last_activity=family.seen_at,
        expires_at=min(family.idle_expires_at, family.expires_at),
        is_active=True,
        is_current=is_current,
        permissions=[str(one) for one in permissions],
        amr=list(family.methods),
    )
