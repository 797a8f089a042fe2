"""The refusals of signing in and of everything that proves who somebody is."""

from __future__ import annotations

from http import HTTPStatus

from services.errors import DomainError


class TooManyApiKeys(DomainError):
    code = "too_many_api_keys"
    status = HTTPStatus.CONFLICT
    en = "You have {limit} API keys already. Revoke one first."
    fr = "Vous avez déjà {limit} clés d’API. Révoquez-en une d’abord."


class EmployeeIdTaken(DomainError):
    code = "employee_id_taken"
    status = HTTPStatus.CONFLICT
    en = "Another account has this employee number."
    fr = "Un autre compte porte ce matricule."


class StudentNoTaken(DomainError):
    code = "student_no_taken"
    status = HTTPStatus.CONFLICT
    en = "Another account has this student number."
    fr = "Un autre compte porte ce numéro d’étudiant."


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
