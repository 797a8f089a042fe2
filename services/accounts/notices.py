"""Telling the owner of an account what was done with it."""

from __future__ import annotations

from beanie import PydanticObjectId

from schemas.jobs import Notice, NoticeMailArgs
from services.access import Scope


def notify(scope: Scope, user_id: PydanticObjectId, notice: Notice) -> None:
    """Mail the owner after the commit; whoever took the account over cannot hold that mail back."""
    place, mail_id = scope.unit.author.ip_prefix, str(PydanticObjectId())
    scope.unit.enqueue(
        "mail.notice",
        NoticeMailArgs(id=mail_id, user_id=str(user_id), notice=notice, at=scope.at, ip_prefix=place),
    )
