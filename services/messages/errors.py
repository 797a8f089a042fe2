"""What messages are refused with."""

from __future__ import annotations

from http import HTTPStatus

from services.errors import DomainError


class MayNotWrite(DomainError):
    """One refusal for all reasons: whether somebody exists, or has blocked the caller, is not told."""

    code = "may_not_write"
    status = HTTPStatus.FORBIDDEN
    en = "You cannot write to this person."
    fr = "Vous ne pouvez pas écrire à cette personne."


class ClientIdReused(DomainError):
    code = "client_id_reused"
    status = HTTPStatus.CONFLICT
    en = "This clientId stands for another message."
    fr = "Ce clientId désigne un autre message."


class TooLateToEdit(DomainError):
    code = "too_late_to_edit"
    status = HTTPStatus.CONFLICT
    en = "A message can be changed for 15 minutes. You can still delete it."
    fr = "Un message se modifie pendant 15 minutes. Vous pouvez encore le supprimer."


class MessageGone(DomainError):
    code = "message_deleted"
    status = HTTPStatus.CONFLICT
    en = "This message was deleted."
    fr = "Ce message a été supprimé."


class GroupTooLarge(DomainError):
    code = "group_too_large"
    status = HTTPStatus.CONFLICT
    en = "You can have at most {limit} people in a thread."
    fr = "Vous pouvez réunir au plus {limit} personnes dans un fil."


class NotAGroup(DomainError):
    code = "not_a_group"
    status = HTTPStatus.CONFLICT
    en = "Only groups have a title, take people in and can be left."
    fr = "Seuls les groupes ont un titre, accueillent des personnes et peuvent être quittés."


class NoStaff(DomainError):
    code = "no_staff"
    status = HTTPStatus.CONFLICT
    en = "Nobody but you could answer this question."
    fr = "Personne d’autre que vous ne pourrait répondre à cette question."


class TooManyBlocks(DomainError):
    code = "too_many_blocks"
    status = HTTPStatus.CONFLICT
    en = "You can block at most {limit} people."
    fr = "Vous pouvez bloquer au plus {limit} personnes."
