"""The refusals of signing in and of everything that proves who somebody is."""

from __future__ import annotations

from http import HTTPStatus

from services.errors import DomainError


class TooManyAttempts(DomainError):
    code = "too_many_attempts"
    status = HTTPStatus.TOO_MANY_REQUESTS
    en = "Too many attempts. Wait a while, then try again."
    fr = "Trop de tentatives. Attendez un moment, puis réessayez."
    recorded = True


class SessionReplaced(DomainError):
    """For a tab that asks with the tokens of before a step-up: those of after it are in the cookies already."""

    code = "session_replaced"
    status = HTTPStatus.UNAUTHORIZED
    en = "This session goes on under new tokens. Use those."
    fr = "Cette session continue avec de nouveaux jetons. Utilisez-les."
