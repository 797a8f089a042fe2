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


class ResetRequired(DomainError):
    """Told for addresses without an account as well, so it says nothing about one."""

    code = "reset_required"
    status = HTTPStatus.FORBIDDEN
    en = "Too many wrong passwords in a row for this address. Choose a new password by mail, or use a device you know."
    fr = "Trop de mots de passe erronés pour cette adresse. Changez-le par courriel, ou prenez un appareil connu."
    recorded = True


class PasswordBreached(DomainError):
    code = "password_breached"
    status = HTTPStatus.BAD_REQUEST
    en = "This password is among those that are guessed first. Choose another one."
    fr = "Ce mot de passe est parmi les premiers que l’on essaie. Choisissez-en un autre."


class MailedTokenUnknown(DomainError):
    code = "mailed_token_unknown"
    status = HTTPStatus.NOT_FOUND
    en = "This code from a mail does not exist, was used already, or has expired. Ask for a new mail."
    fr = "Ce code reçu par courriel n’existe pas, a déjà servi ou a expiré. Demandez un nouveau message."
