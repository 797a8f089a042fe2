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


class ProviderUnknown(DomainError):
    code = "provider_unknown"
    status = HTTPStatus.NOT_FOUND
    en = "This school does not offer to sign in through this service."
    fr = "Cet établissement ne propose pas de se connecter par ce service."


class ProviderUnavailable(DomainError):
    code = "provider_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    en = "The service that you sign in through does not answer. Try again later, or sign in with your password."
    fr = "Le service par lequel vous vous connectez ne répond pas. Réessayez plus tard, ou utilisez votre mot de passe."
    retryable = True
    recorded = True

    def __init__(self) -> None:
        super().__init__(retry_after_s=10)


class ProviderVisitUnknown(DomainError):
    code = "provider_visit_unknown"
    status = HTTPStatus.BAD_REQUEST
    en = "This was not begun in this browser, was finished already, or took too long. Begin again."
    fr = "Ceci n’a pas été commencé dans ce navigateur, est déjà terminé ou a pris trop de temps. Recommencez."


class ProviderRefused(DomainError):
    code = "provider_refused"
    status = HTTPStatus.FORBIDDEN
    en = "The service did not confirm who you are. Begin again."
    fr = "Le service n’a pas confirmé votre identité. Recommencez."
    recorded = True


class ProviderEmailUnverified(DomainError):
    code = "provider_email_unverified"
    status = HTTPStatus.FORBIDDEN
    en = "The service has not verified your e-mail address. Verify it there, or sign in with your password."
    fr = "Le service n’a pas vérifié votre adresse. Faites-la vérifier là-bas, ou utilisez votre mot de passe."
    recorded = True


class SignInToLink(DomainError):
    code = "sign_in_to_link"
    status = HTTPStatus.CONFLICT
    en = "An account with your address exists here. Sign in to it first, then connect the service to it."
    fr = "Un compte avec votre adresse existe ici. Connectez-vous-y d’abord, puis reliez-le au service."
    recorded = True


class IdentityTaken(DomainError):
    code = "identity_taken"
    status = HTTPStatus.CONFLICT
    en = "This account of the service opens another account here already."
    fr = "Ce compte du service ouvre déjà un autre compte ici."
    recorded = True


class IdentityOfAnother(DomainError):
    code = "identity_of_another"
    status = HTTPStatus.CONFLICT
    en = "The service knows you by another address than this account does."
    fr = "Le service vous connaît sous une autre adresse que ce compte."
    recorded = True


class LastWayIn(DomainError):
    code = "last_way_in"
    status = HTTPStatus.CONFLICT
    en = "Without this service nothing would open your account. Set a password first."
    fr = "Sans ce service, plus rien n’ouvrirait votre compte. Définissez d’abord un mot de passe."
