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


class SessionOutdated(DomainError):
    """The session goes on; only its access token tells of rights that have changed."""

    code = "session_outdated"
    status = HTTPStatus.UNAUTHORIZED
    en = "Your rights have changed. Refresh the session, then repeat."
    fr = "Vos droits ont changé. Renouvelez la session, puis recommencez."


class SelfGrant(DomainError):
    code = "self_grant"
    status = HTTPStatus.FORBIDDEN
    en = "Nobody changes their own rights. Ask another administrator."
    fr = "On ne modifie pas ses propres droits. Adressez-vous à un autre administrateur."


class GrantNotHeld(DomainError):
    code = "grant_not_held"
    status = HTTPStatus.FORBIDDEN
    en = "You do not hold what you would give."
    fr = "Vous ne détenez pas ce que vous voulez accorder."


class GrantCycle(DomainError):
    code = "grant_cycle"
    status = HTTPStatus.CONFLICT
    en = "This person’s rights stand behind yours already: rights are not given in a circle."
    fr = "Les droits de cette personne fondent déjà les vôtres : on n’accorde pas de droits en cercle."


class InviteCodeUnknown(DomainError):
    code = "invite_code_unknown"
    status = HTTPStatus.NOT_FOUND
    en = "This invite code does not exist, is used up, or has expired."
    fr = "Ce code d’invitation n’existe pas, est épuisé ou a expiré."


class SessionReplaced(DomainError):
    """For a tab that asks with the tokens of before a step-up: those of after it are in the cookies already."""

    code = "session_replaced"
    status = HTTPStatus.UNAUTHORIZED
    en = "This session goes on under new tokens. Use those."
    fr = "Cette session continue avec de nouveaux jetons. Utilisez-les."
