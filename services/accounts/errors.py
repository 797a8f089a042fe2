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


class CodeInvalid(DomainError):
    code = "code_invalid"
    status = HTTPStatus.BAD_REQUEST
    en = "That proof is wrong, has expired or was used before."
    fr = "Cette preuve est fausse, a expiré ou a déjà servi."
    recorded = True


class ClockSkewed(DomainError):
    code = "clock_skewed"
    status = HTTPStatus.BAD_REQUEST
    en = "The code belongs to another time: check your clock."
    fr = "Le code correspond à une autre heure : vérifiez votre horloge."
    recorded = True


class MfaExpired(DomainError):
    code = "mfa_expired"
    status = HTTPStatus.UNAUTHORIZED
    en = "This sign-in has ended or taken too long. Begin again."
    fr = "Cette connexion est terminée ou a duré trop longtemps. Recommencez."


class FactorLimit(DomainError):
    code = "factor_limit"
    status = HTTPStatus.CONFLICT
    en = "You have as many factors of this kind as there may be."
    fr = "Vous avez déjà le nombre maximal de facteurs de ce type."


class StrongerFactorFirst(DomainError):
    code = "stronger_factor_first"
    status = HTTPStatus.CONFLICT
    en = "Text messages need an authenticator app beside them; codes by mail, for administrators, an app or a passkey."
    fr = (
        "Les SMS exigent une application d’authentification ; les codes par courriel, pour les administrateurs, "
        "une application ou une clé d’accès."
    )


class StrongerFactorNeeded(DomainError):
    code = "stronger_factor_needed"
    status = HTTPStatus.FORBIDDEN
    en = "Use your strongest factor for this, or a recovery code."
    fr = "Utilisez pour cela votre facteur le plus sûr, ou un code de secours."
