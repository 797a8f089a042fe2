"""New passwords and verified addresses over REST."""

from __future__ import annotations

from http import HTTPStatus

from handlers.call import Call, Gate, Route
from schemas.accounts import DoneOut
from schemas.password_changes import ChangePasswordIn, ForgotIn, ResetIn, VerifyEmailIn
from services.accounts import email_verification, password_changes
from services.accounts.errors import MailedTokenUnknown, PasswordBreached, ResetRequired, TooManyAttempts
from services.call_limits import Limit
from services.errors import AccountSuspended, InvalidCredentials
from services.permissions import Permission as P
from services.scopes import Scope


async def change_password(call: Call[Scope, ChangePasswordIn]) -> DoneOut:
    """Set a new password; every other session of the account ends."""
    await password_changes.change_password(call.scope, call.house.desk, call.input, call.caller.address)
    return DoneOut()


async def forgot(call: Call[Scope, ForgotIn]) -> DoneOut:
    """Ask for a mail with which a new password can be set; the answer is the same for every address."""
    await password_changes.ask_for_reset(call.scope, call.house.desk, call.input, call.caller.address)
    return DoneOut()


async def reset(call: Call[Scope, ResetIn]) -> DoneOut:
    """Set a new password with the token of a mail; every session ends, and the next sign-in asks for all factors."""
    caller = call.caller
    await password_changes.reset_password(call.scope, call.house.desk, call.input, caller.address, caller.device)
    return DoneOut()


async def verify_email(call: Call[Scope, VerifyEmailIn]) -> DoneOut:
    """Verify an address with the token that was mailed to it."""
    await email_verification.verify_email(call.scope, call.input)
    return DoneOut()


async def send_verification(call: Call[Scope, None]) -> DoneOut:
    """Mail a new token to one's own address; nothing happens when it is verified already."""
    await email_verification.send_verification(call.scope, call.house.desk, call.caller.address)
    return DoneOut()


ROUTES = (
    Route(
        "POST",
        "/auth/change-password",
        change_password,
        DoneOut,
        P.USER_READ_SELF,
        body=ChangePasswordIn,
        example={"currentPassword": "the present password", "newPassword": "another horse battery"},
        stored=False,
        step_up=True,
        raises=(InvalidCredentials, PasswordBreached, ResetRequired, TooManyAttempts),
    ),
    Route(
        "POST",
        "/auth/forgot",
        forgot,
        DoneOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=ForgotIn,
        status=HTTPStatus.ACCEPTED,
        example={"email": "ada@school.example"},
        stored=False,
    ),
    Route(
        "POST",
        "/auth/reset",
        reset,
        DoneOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=ResetIn,
        example={"token": "reset_65f0a1b2c3d4e5f60718293a.…", "password": "correct horse battery"},
        stored=False,
        raises=(AccountSuspended, MailedTokenUnknown, PasswordBreached),
    ),
    Route(
        "POST",
        "/auth/verify-email",
        verify_email,
        DoneOut,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        body=VerifyEmailIn,
        example={"token": "verify_65f0a1b2c3d4e5f60718293a.…"},
        stored=False,
        raises=(AccountSuspended, MailedTokenUnknown),
    ),
    Route(
        "POST",
        "/auth/verify-email/send",
        send_verification,
        DoneOut,
        P.USER_READ_SELF,
        stored=False,
        raises=(TooManyAttempts,),
    ),
)
