"""Administering accounts over REST."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.accounts import AccountOut, DoneOut, UserOut
from schemas.page import Page, PageQuery
from schemas.users import ActivityOut, RoleIn, SuspendIn, UsersQuery
from services.accounts import departure, suspension, users
from services.accounts.errors import GrantNotHeld, SelfGrant
from services.errors import LastAdmin
from services.permissions import Permission as P
from services.scopes import Scope, UserScope


async def list_users(call: Call[Scope, UsersQuery]) -> Page[UserOut]:
    """List the accounts that the caller manages."""
    return await users.list_users(call.scope, call.input)


async def read_user(call: Call[UserScope, None]) -> AccountOut:
    """Read an account that the caller manages, or the own one."""
    return await users.read_user(call.scope)


async def set_role(call: Call[UserScope, RoleIn]) -> UserOut:
    """Change an account's primary role, at once for its open sessions."""
    return users.shown(await users.set_role(call.scope, call.input), call.scope.keys)


async def suspend(call: Call[UserScope, SuspendIn]) -> UserOut:
    """Suspend an account and end its sessions everywhere."""
    return users.shown(await suspension.suspend(call.scope, call.input.reason), call.scope.keys)


async def unsuspend(call: Call[UserScope, None]) -> UserOut:
    """Let a suspended account sign in again."""
    return users.shown(await suspension.unsuspend(call.scope), call.scope.keys)


async def list_activity(call: Call[UserScope, PageQuery]) -> Page[ActivityOut]:
    """List what was done about an account, and by it."""
    return await users.list_activity(call.scope, call.input)


async def anonymise(call: Call[UserScope, None]) -> DoneOut:
    """Take away everything that tells who the account was; what the person did in courses stays."""
    await departure.anonymise(call.scope)
    return DoneOut()


ONE = "/users/{user_id}"

ROUTES = (
    Route(
        "GET",
        "/admin/users",
        list_users,
        UserOut,
        P.USER_LIST,
        query=UsersQuery,
        aliases=("/users",),
        listed=True,
        audits="user.listed",
    ),
    Route("GET", ONE, read_user, AccountOut, P.USER_READ, about="path.user_id", audits="user.read"),
    Route(
        "PUT",
        f"{ONE}/role",
        set_role,
        UserOut,
        P.USER_GRANT,
        body=RoleIn,
        about="path.user_id",
        example={"role": "instructor"},
        step_up=True,
        raises=(GrantNotHeld, LastAdmin, SelfGrant),
    ),
    Route(
        "POST",
        f"{ONE}/suspend",
        suspend,
        UserOut,
        P.USER_SUSPEND,
        body=SuspendIn,
        about="path.user_id",
        example={"reason": "The account was shared."},
        raises=(LastAdmin,),
    ),
    Route("POST", f"{ONE}/unsuspend", unsuspend, UserOut, P.USER_SUSPEND, about="path.user_id"),
    Route(
        "GET",
        f"{ONE}/activity",
        list_activity,
        ActivityOut,
        P.USER_READ_ACTIVITY,
        query=PageQuery,
        about="path.user_id",
        listed=True,
        audits="user.activity_read",
    ),
    Route(
        "DELETE",
        ONE,
        anonymise,
        DoneOut,
        P.USER_ANONYMISE,
        about="path.user_id",
        step_up=True,
        raises=(LastAdmin,),
    ),
)
