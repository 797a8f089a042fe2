"""The refusals of signing in and of everything that proves who somebody is."""

from __future__ import annotations

from http import HTTPStatus

from services.errors import DomainError


class TooManyApiKeys(DomainError):
    code = "too_many_api_keys"
    status = HTTPStatus.CONFLICT
    en = "You have {limit} API keys already. Revoke one first."
    fr = "Vous avez déjà {limit} clés d’API. Révoquez-en une d’abord."


class TooManyAttempts(DomainError):
    code = "too_many_attempts"
    status = HTTPStatus.TOO_MANY_REQUESTS
    en = "Too many attempts. Wait a while, then try again."
    fr = "Trop de tentatives. Attendez un moment, puis réessayez."
    recorded = True
