"""What is refused about mails, browsers and webhooks."""

from __future__ import annotations

from http import HTTPStatus

from services.errors import DomainError


class UnsubscribeUnknown(DomainError):
    code = "unsubscribe_unknown"
    status = HTTPStatus.BAD_REQUEST
    en = "This link is not complete, or not ours. Choose your mails in your account."
    fr = "Ce lien est incomplet, ou n’est pas le nôtre. Choisissez vos courriels dans votre compte."


class PushUnavailable(DomainError):
    code = "push_unavailable"
    status = HTTPStatus.CONFLICT
    en = "This school does not send notifications to browsers."
    fr = "Cet établissement n’envoie pas de notifications aux navigateurs."


class TooManyWebhooks(DomainError):
    code = "too_many_webhooks"
    status = HTTPStatus.CONFLICT
    en = "There are {limit} webhooks already: delete one first."
    fr = "Il y a déjà {limit} webhooks : supprimez-en un d’abord."
