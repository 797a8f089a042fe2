"""Accounts over REST: registration, sessions, one's own account."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from handlers.call import Answer, Bare, Call, Gate, Route, SetCookie
from models.accounts import User
from schemas.accounts import (
    AcceptInviteIn,
    AuthCheckOut,
    CallerOut,
    DoneOut,
    KeySetOut,
    RefreshIn,
    SessionOut,
    SignInIn,
    SignUpIn,
    SuspendIn,
    UserOut,
)
from services.access import Scope, UserScope
from services.accounts import invitations, profiles, registration, sessions, suspension
from services.accounts.sessions import OpenSession
from services.accounts.tokens import LIFE
from services.call_limits import Limit
from services.crypto import Keyring
from services.errors import (
    AccountSuspended,
    EmailTaken,
    InvalidCredentials,
    InviteUnknown,
    LastAdmin,
    RoleRequiresInvite,
    SessionEnded,
    UsernameTaken,
)
from services.permissions import Permission as P

SIGNED_OUT = (SetCookie("access", "", 0), SetCookie("refresh", "", 0))


async def sign_up(call: Call[Scope, SignUpIn]) -> Answer:
    """Make an account and open its first session."""
    user = await registration.sign_up(call.scope, call.house.desk, call.input)
    opened = await sessions.open_session(call.scope, call.house.desk, user, call.caller.device)
    return _session(call, opened, HTTPStatus.CREATED)


async def sign_in(call: Call[Scope, SignInIn]) -> Answer:
    """Open a session with address and password."""
    return _session(call, await sessions.sign_in(call.scope, call.house.desk, call.input, call.caller.device))


async def accept_invite(call: Call[Scope, AcceptInviteIn]) -> Answer:
    """Set the password of an account that one was invited to, and open its first session."""
    return _session(call, await invitations.accept(call.scope, call.house.desk, call.input, call.caller.device))


async def refresh(call: Call[Scope, RefreshIn]) -> Answer:
    """Exchange the refresh token for a new pair of tokens."""
    token = call.input.refresh_token or call.caller.refresh_cookie
    return _session(call, await sessions.refresh(call.scope, call.house.desk, token))


async def sign_out(call: Call[Scope, RefreshIn]) -> Answer:
    """End the session here and on every socket that it opened."""
    await sessions.sign_out(call.scope, call.input.refresh_token or call.caller.refresh_cookie)
    return Answer(DoneOut(), cookies=SIGNED_OUT)


async def check(call: Call[Scope, None]) -> AuthCheckOut:
    """Say whether the caller is signed in, without touching the database."""
    actor = call.scope.actor
    if actor.user_id is None:
        return AuthCheckOut(authenticated=False, user=None)
    return AuthCheckOut(authenticated=True, user=CallerOut(id=actor.user_id, role=actor.role))


async def read_me(call: Call[Scope, None]) -> UserOut:
    """Read one's own account."""
    return _user(await profiles.read_me(call.scope), call.scope.keys)


async def suspend(call: Call[UserScope, SuspendIn]) -> UserOut:
    """Suspend an account and end its sessions everywhere."""
    return _user(await suspension.suspend(call.scope, call.input.reason), call.scope.keys)


async def jwks(call: Call[Scope, None]) -> Bare:
    """Publish the keys that verify our access tokens (RFC 7517)."""
    return Bare(orjson.dumps(call.house.desk.tokens.jwks()), content_type="application/jwk-set+json")


def _session(
    call: Call[Scope, SignUpIn] | Call[Scope, SignInIn] | Call[Scope, AcceptInviteIn] | Call[Scope, RefreshIn],
    opened: OpenSession,
    status: HTTPStatus | None = None,
) -> Answer:
    """Browsers get cookies and no refresh token in the body; others get it in the body and no cookie."""
    life = int(LIFE.total_seconds())
    shown = SessionOut(
        user=_user(opened.user, call.scope.keys),
        access_token=opened.access_token,
        token=opened.access_token,
        expires_in=life,
        refresh_token=None if call.caller.is_browser else opened.refresh_token,
    )
    if not call.caller.is_browser:
        return Answer(shown, status)
    rest = int((opened.refresh_expires_at - call.scope.at).total_seconds())
    cookies = (SetCookie("access", opened.access_token, life), SetCookie("refresh", opened.refresh_token, rest))
    return Answer(shown, status, cookies)


def _user(user: User, keys: Keyring) -> UserOut:
    address = registration.email_of(user, keys)
    return UserOut.model_validate({**user.model_dump(), "email": address, "is_active": user.is_active})


NEW_USER = {
    "email": "ada@school.example",
    "password": "correct horse battery",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "username": "ada",
}

ROUTES = (
    Route(
        "POST",
        "/auth/signup",
        sign_up,
        SessionOut,
        Gate.OPEN,
        body=SignUpIn,
        status=HTTPStatus.CREATED,
        aliases=("/auth/register", "/users/register"),
        example=NEW_USER,
        stored=False,
        limit=Limit.REGISTRATION,
        raises=(EmailTaken, RoleRequiresInvite, UsernameTaken),
    ),
    Route(
        "POST",
        "/auth/signin",
        sign_in,
        SessionOut,
        Gate.OPEN,
        body=SignInIn,
        aliases=("/auth/login",),
        example={"email": "ada@school.example", "password": "correct horse battery"},
        stored=False,
        limit=Limit.SIGN_IN,
        raises=(AccountSuspended, InvalidCredentials),
    ),
    Route(
        "POST",
        "/auth/accept-invite",
        accept_invite,
        SessionOut,
        Gate.OPEN,
        body=AcceptInviteIn,
        example={"token": "inv_65f0a1b2c3d4e5f60718293a.…", "password": "correct horse battery"},
        stored=False,
        limit=Limit.SIGN_IN,
        raises=(AccountSuspended, InviteUnknown),
    ),
    Route(
        "POST",
        "/auth/refresh",
        refresh,
        SessionOut,
        Gate.OPEN,
        body=RefreshIn,
        stored=False,
        limit=Limit.SIGN_IN,
        raises=(SessionEnded,),
    ),
    Route("POST", "/auth/logout", sign_out, DoneOut, Gate.OPEN, body=RefreshIn, stored=False, limit=Limit.SIGN_IN),
    Route("GET", "/auth/check", check, AuthCheckOut, Gate.OPEN, limit=Limit.SIGN_IN),
    Route("GET", "/users/me", read_me, UserOut, P.USER_READ_SELF),
    Route(
        "POST",
        "/users/{user_id}/suspend",
        suspend,
        UserOut,
        P.USER_SUSPEND,
        body=SuspendIn,
        about="path.user_id",
        example={"reason": "The account was shared."},
        raises=(LastAdmin,),
    ),
    Route(
        "GET",
        "/.well-known/jwks.json",
        jwks,
        KeySetOut,
        Gate.OPEN,
        at_root=True,
        media="application/jwk-set+json",
    ),
)
