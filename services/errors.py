"""Every refusal has a class: a stable code, a status, and a text in English and French.

A class with `recorded = True` is a refusal that leaves a trace: what its call put into the unit (an audit
row, a revocation) is committed although the call failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import ClassVar

from schemas.envelope import FieldError
from schemas.types import UserRole


class DomainError(Exception):
    """Base of all refusals. `values` fill the texts; `fields` name what was wrong in the input."""

    code: ClassVar[str]
    status: ClassVar[HTTPStatus]
    en: ClassVar[str]
    fr: ClassVar[str]
    retryable: ClassVar[bool] = False
    recorded: ClassVar[bool] = False

    def __init__(
        self, *, fields: Sequence[FieldError] = (), retry_after_s: float | None = None, **values: object
    ) -> None:
        super().__init__(self.en.format_map(values))
        self.fields = tuple(fields)
        self.retry_after_s = retry_after_s
        self.values = values

    def text(self, language: str) -> str:
        return (self.fr if language == "fr" else self.en).format_map(self.values)

    @classmethod
    def category(cls) -> str:
        """One of auth, validation, server, for clients that show errors by kind."""
        if cls.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            return "auth"
        return "server" if cls.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "validation"


class InvalidInput(DomainError):
    code = "invalid_input"
    status = HTTPStatus.BAD_REQUEST
    en = "The request is not valid: see fields."
    fr = "La requête n’est pas valide : voir fields."


class MalformedJson(DomainError):
    code = "malformed_json"
    status = HTTPStatus.BAD_REQUEST
    en = "The body is not acceptable JSON: {problem}."
    fr = "Le corps n’est pas du JSON acceptable : {problem}."


class AmbiguousField(DomainError):
    code = "ambiguous_field"
    status = HTTPStatus.BAD_REQUEST
    en = "The field {field} is given twice, in two spellings with different values."
    fr = "Le champ {field} est donné deux fois, sous deux graphies et avec des valeurs différentes."


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    en = "Send the body as application/json, not compressed."
    fr = "Envoyez le corps en application/json, sans compression."


class BodyTooLarge(DomainError):
    code = "body_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    en = "The body is larger than {limit} bytes."
    fr = "Le corps dépasse {limit} octets."


class BadRequest(DomainError):
    code = "bad_request"
    status = HTTPStatus.BAD_REQUEST
    en = "The request could not be understood."
    fr = "La requête n’a pas pu être comprise."


class WebSocketOnly(DomainError):
    code = "websocket_only"
    status = HTTPStatus.BAD_REQUEST
    en = 'Long polling is not served here. Connect with io(url, {{transports: ["websocket"]}}).'
    fr = 'Le long polling n’est pas servi ici. Connectez-vous avec io(url, {{transports: ["websocket"]}}).'


class RequestTimeout(DomainError):
    code = "request_timeout"
    status = HTTPStatus.REQUEST_TIMEOUT
    en = "The request came too slowly."
    fr = "La requête est arrivée trop lentement."
    retryable = True


class NotAuthenticated(DomainError):
    code = "not_authenticated"
    status = HTTPStatus.UNAUTHORIZED
    en = "Sign in first: the access token is missing, expired or not ours."
    fr = "Connectez-vous d’abord : le jeton d’accès manque, a expiré ou n’est pas le nôtre."


class InvalidCredentials(DomainError):
    code = "invalid_credentials"
    status = HTTPStatus.UNAUTHORIZED
    en = "The address or the password is wrong."
    fr = "L’adresse ou le mot de passe est incorrect."
    recorded = True


class SessionEnded(DomainError):
    code = "session_ended"
    status = HTTPStatus.UNAUTHORIZED
    en = "This session has ended. Sign in again."
    fr = "Cette session est terminée. Reconnectez-vous."
    recorded = True


class StepUpRequired(DomainError):
    """Told with `WWW-Authenticate: Bearer error="insufficient_user_authentication"` (RFC 9470 3)."""

    code = "step_up_required"
    status = HTTPStatus.UNAUTHORIZED
    en = "Prove again that it is you: this needs a proof of the last ten minutes."
    fr = "Confirmez de nouveau votre identité : il faut une preuve datant de moins de dix minutes."


class AccountSuspended(DomainError):
    code = "account_suspended"
    status = HTTPStatus.FORBIDDEN
    en = "This account is suspended. Ask the school’s office."
    fr = "Ce compte est suspendu. Adressez-vous au secrétariat."
    recorded = True


class Forbidden(DomainError):
    code = "forbidden"
    status = HTTPStatus.FORBIDDEN
    en = "You may not do this here."
    fr = "Vous n’avez pas le droit de faire cela ici."


class CrossOrigin(DomainError):
    code = "cross_origin"
    status = HTTPStatus.FORBIDDEN
    en = "A call without a token must come from our own pages."
    fr = "Un appel sans jeton doit venir de nos propres pages."


class RoleRequiresInvite(DomainError):
    code = "role_requires_invite"
    status = HTTPStatus.FORBIDDEN
    en = "The role {role} is not open for registration."
    fr = "Le rôle {role} n’est pas ouvert à l’inscription."

    def __init__(self, role: UserRole) -> None:
        super().__init__(role=role.value)


class NotFound(DomainError):
    code = "not_found"
    status = HTTPStatus.NOT_FOUND
    en = "There is no such thing here."
    fr = "Il n’existe rien de tel ici."


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = HTTPStatus.METHOD_NOT_ALLOWED
    en = "This address does not take this method: see Allow."
    fr = "Cette adresse n’accepte pas cette méthode : voir Allow."


class EmailTaken(DomainError):
    code = "email_taken"
    status = HTTPStatus.CONFLICT
    en = "An account with this address exists already."
    fr = "Un compte avec cette adresse existe déjà."


class UsernameTaken(DomainError):
    code = "username_taken"
    status = HTTPStatus.CONFLICT
    en = "This username is taken."
    fr = "Ce nom d’utilisateur est déjà pris."


class OwnCourse(DomainError):
    code = "own_course"
    status = HTTPStatus.CONFLICT
    en = "Nobody enrolls in a course that they teach."
    fr = "On ne s’inscrit pas à un cours que l’on enseigne."


class CourseFull(DomainError):
    code = "course_full"
    status = HTTPStatus.CONFLICT
    en = "Every seat in this course is taken."
    fr = "Toutes les places de ce cours sont prises."


class CourseClosed(DomainError):
    code = "course_closed"
    status = HTTPStatus.CONFLICT
    en = "This course is not open for enrollment."
    fr = "Ce cours n’est pas ouvert aux inscriptions."


class CodeTaken(DomainError):
    code = "code_taken"
    status = HTTPStatus.CONFLICT
    en = "Another course has this code."
    fr = "Un autre cours porte ce code."


class CourseCompleted(DomainError):
    code = "course_completed"
    status = HTTPStatus.CONFLICT
    en = "A course that was completed cannot be left."
    fr = "On ne quitte pas un cours que l’on a terminé."


class JoinCodeUnknown(DomainError):
    code = "join_code_unknown"
    status = HTTPStatus.NOT_FOUND
    en = "No open course has this code. Ask your teacher for the present one."
    fr = "Aucun cours ouvert ne porte ce code. Demandez le code actuel à votre enseignant."


class InviteUnknown(DomainError):
    code = "invite_unknown"
    status = HTTPStatus.NOT_FOUND
    en = "This invitation does not exist, was used already, or has expired. Ask your teacher for a new one."
    fr = "Cette invitation n’existe pas, a déjà servi ou a expiré. Demandez-en une nouvelle à votre enseignant."


class LastAdmin(DomainError):
    code = "last_admin"
    status = HTTPStatus.CONFLICT
    en = "Nobody does this to themselves, or to the last administrator."
    fr = "On ne fait cela ni à soi-même, ni au dernier administrateur."


class NotificationLocked(DomainError):
    code = "notification_locked"
    status = HTTPStatus.BAD_REQUEST
    en = "Some of this always reaches you and cannot be chosen otherwise: see fields."
    fr = "Une partie de ceci vous parvient toujours et ne peut être choisie autrement : voir fields."


class VersionMismatch(DomainError):
    code = "version_mismatch"
    status = HTTPStatus.PRECONDITION_FAILED
    en = "The object has changed since you read it. Read it again, then repeat."
    fr = "L’objet a changé depuis votre lecture. Relisez-le, puis recommencez."


class IdempotencyMismatch(DomainError):
    code = "idempotency_mismatch"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    en = "This Idempotency-Key was used for another request."
    fr = "Cette Idempotency-Key a servi pour une autre requête."


class Conflict(DomainError):
    code = "conflict"
    status = HTTPStatus.CONFLICT
    en = "Others changed the same thing at the same time. Try again."
    fr = "D’autres ont modifié la même chose au même moment. Réessayez."
    retryable = True


class InvalidTransition(DomainError):
    code = "invalid_transition"
    status = HTTPStatus.CONFLICT
    en = "What is {before} cannot become {after}."
    fr = "Ce qui est dans l’état {before} ne peut pas passer à l’état {after}."


class Unavailable(DomainError):
    code = "unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    en = "The server cannot answer just now. Try again in a moment."
    fr = "Le serveur ne peut pas répondre pour l’instant. Réessayez dans un moment."
    retryable = True

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class TooManyConnections(DomainError):
    code = "too_many_connections"
    status = HTTPStatus.TOO_MANY_REQUESTS
    en = "You have too many live connections open. Close one, or try again later."
    fr = "Vous avez trop de connexions en direct ouvertes. Fermez-en une, ou réessayez plus tard."
    retryable = True

    def __init__(self) -> None:
        super().__init__(retry_after_s=10)


class RateLimited(DomainError):
    code = "rate_limited"
    status = HTTPStatus.TOO_MANY_REQUESTS
    en = "That is too much at once. Wait a moment, then repeat."
    fr = "C’est trop à la fois. Attendez un moment, puis recommencez."
    retryable = True


class TooManyStreams(DomainError):
    code = "too_many_streams"
    status = HTTPStatus.CONFLICT
    en = "A connection follows at most {limit} streams. Stop following some, or open another connection."
    fr = "Une connexion suit au plus {limit} flux. Cessez d’en suivre, ou ouvrez une autre connexion."


class OriginNotAllowed(DomainError):
    code = "origin_not_allowed"
    status = HTTPStatus.FORBIDDEN
    en = "Pages of this origin may not connect here."
    fr = "Les pages de cette origine n’ont pas le droit de se connecter ici."


class ConnectDeadline(DomainError):
    code = "connect_deadline"
    status = HTTPStatus.REQUEST_TIMEOUT
    en = "Nobody signed in on this connection in time."
    fr = "Personne ne s’est authentifié à temps sur cette connexion."


class MalformedFrame(DomainError):
    code = "malformed_frame"
    status = HTTPStatus.BAD_REQUEST
    en = "This is not a packet of Engine.IO 4 and Socket.IO 5."
    fr = "Ce n’est pas un paquet d’Engine.IO 4 et de Socket.IO 5."


class MalformedText(DomainError):
    code = "malformed_text"
    status = HTTPStatus.BAD_REQUEST
    en = "A text frame must be UTF-8."
    fr = "Une trame de texte doit être en UTF-8."


class BinaryNotSupported(DomainError):
    code = "binary_not_supported"
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    en = "Packets are JSON texts: binary ones are not taken."
    fr = "Les paquets sont des textes JSON : les paquets binaires ne sont pas acceptés."


class FrameTooLarge(DomainError):
    code = "frame_too_large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    en = "A message on a socket has at most 64 KiB."
    fr = "Un message sur une socket a au plus 64 Kio."


class InternalError(DomainError):
    code = "internal_error"
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    en = "Something went wrong on our side. The request id helps us find it."
    fr = "Une erreur s’est produite de notre côté. L’identifiant de requête nous aide à la trouver."
    retryable = True


class UnknownCommand(DomainError):
    code = "unknown_command"
    status = HTTPStatus.BAD_REQUEST
    en = "This namespace knows no such event."
    fr = "Cet espace de noms ne connaît pas cet événement."


class UnknownNamespace(DomainError):
    code = "unknown_namespace"
    status = HTTPStatus.BAD_REQUEST
    en = "Connect to one of {namespaces}."
    fr = "Connectez-vous à l’un de {namespaces}."


class AnotherUser(DomainError):
    code = "another_user"
    status = HTTPStatus.FORBIDDEN
    en = "This connection belongs to another session. Open a new one."
    fr = "Cette connexion appartient à une autre session. Ouvrez-en une nouvelle."
