"""Changing a password, and getting a new one by mail, on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.accounts import Password
from schemas.types import Email, In

MailedSecret = Annotated[str, Field(max_length=200)]


class ChangePasswordIn(In):
    """The present password counts as a try like one at sign-in."""

    current_password: Annotated[str, Field(max_length=256)]
    new_password: Password


class ForgotIn(In):
    """The address that gets the mail, if it has an account."""

    email: Email


class ResetIn(In):
    """The token out of the mail, and the password that its reader chooses."""

    token: MailedSecret
    password: Password


class VerifyEmailIn(In):
    """The token out of the mail."""

    token: MailedSecret
