"""Accounts over REST: registration, sessions, one's own account."""

from __future__ import annotations

from http import HTTPStatus

import orjson

from handlers.call import Answer, Bare, Call, Gate, Route, SetCookie
from handlers.entrance import opened_session, signed_in
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
    UserOut,
)
from schemas.factors import SignInOut
from services.accounts import entrance, invitations, profiles, registration, sessions
from services.accounts.errors import (
    EmployeeIdTaken,
    InviteCodeUnknown,
    PasswordBreached,
    ResetRequired,
    SessionReplaced,
    StudentNoTaken,
    TooManyAttempts,
)
from services.accounts.users import shown
from services.call_limits import Limit
from services.errors import (
    AccountSuspended,
    EmailTaken,
    InvalidCredentials,
    InviteUnknown,
    RoleRequiresInvite,
    SessionEnded,
    UsernameTaken,
)
from services.permissions import Permission as P
from services.scopes import Scope

SIGNED_OUT = (SetCookie("access", "", 0), SetCookie("refresh", "", 0))


async def sign_up(call: Call[Scope, SignUpIn]) -> Answer:
    """Make an account and open its first session."""
    user = await registration.sign_up(call.scope, call.house.desk, call.input)
    opened = await sessions.open_session(call.scope, call.house.desk, user, call.caller.device)
    return opened_session(call.scope, call.caller, opened, HTTPStatus.CREATED)


async def sign_in(call: Call[Scope, SignInIn]) -> Answer:
    """Open a session with address and password, or say which second factor is asked for."""
    caller = call.caller
    result = await entrance.sign_in(call.scope, call.house.desk, call.input, caller.device, caller.address)
    return signed_in(call.scope, call.caller, result)


async def accept_invite(call: Call[Scope, AcceptInviteIn]) -> Answer:
    """Set the password of an account that one was invited to, and open its first session."""
    result = await invitations.accept(call.scope, call.house.desk, call.input, call.caller.device)
    return signed_in(call.scope, call.caller, result)


async def refresh(call: Call[Scope, RefreshIn]) -> Answer:
    """Exchange the refresh token for a new pair of tokens."""
    token = call.input.refresh_token or call.caller.refresh_cookie
    opened = await sessions.refresh(call.scope, call.house.desk, token, call.caller.device)
    return opened_session(call.scope, call.caller, opened)


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
    return shown(await profiles.read_me(call.scope), call.scope.keys)


async def jwks(call: Call[Scope, None]) -> Bare:
    """Publish the keys that verify our access tokens (RFC 7517)."""
    return Bare(
        orjson.dumps(call.house.desk.tokens.jwks()),
        content_type="application/jwk-set+json",
        headers={"Cache-Control": "public, max-age=300"},
    )


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
        raises=(
            EmailTaken,
            EmployeeIdTaken,
            InviteCodeUnknown,
            PasswordBreached,
            RoleRequiresInvite,
            StudentNoTaken,
            UsernameTaken,
        ),
    ),
    Route(
        "POST",
        "/auth/signin",
        sign_in,
        SignInOut,
        Gate.OPEN,
        body=SignInIn,
        aliases=("/auth/login",),
        example={"email": "ada@school.example", "password": "correct horse battery"},
        stored=False,
        limit=Limit.SIGN_IN,
        raises=(AccountSuspended, InvalidCredentials, ResetRequired, TooManyAttempts),
    ),
    Route(
        "POST",
        "/auth/accept-invite",
        accept_invite,
        SignInOut,
        Gate.OPEN,
        body=AcceptInviteIn,
        example={"token": "inv_65f0a1b2c3d4e5f60718293a.…", "password": "correct horse battery"},
        stored=False,
        limit=Limit.SIGN_IN,
        raises=(AccountSuspended, InviteUnknown, PasswordBreached),
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
        raises=(SessionEnded, SessionReplaced),
    ),
    Route("POST", "/auth/logout", sign_out, DoneOut, Gate.OPEN, body=RefreshIn, stored=False, limit=Limit.SIGN_IN),
    Route("GET", "/auth/check", check, AuthCheckOut, Gate.OPEN, limit=Limit.SIGN_IN),
    Route("GET", "/users/me", read_me, UserOut, P.USER_READ_SELF),
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
