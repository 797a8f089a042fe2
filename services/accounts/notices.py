"""Telling the owner of an account what was done with it."""

from __future__ import annotations

from beanie import PydanticObjectId

from schemas.jobs import Notice, NoticeMailArgs
from services.scopes import Scope


def notify(scope: Scope, user_id: PydanticObjectId, notice: Notice, *, to_ct: str | None = None) -> None:
    """Mail the owner after the commit; whoever took the account over cannot hold that mail back.

    `to_ct` is the sealed address that the mail goes to, where that is not the account's address any more.
    """
    scope.unit.enqueue(
        "mail.notice",
        NoticeMailArgs(
            id=str(PydanticObjectId()),
            user_id=str(user_id),
            notice=notice,
            at=scope.at,
            ip_prefix=scope.unit.author.ip_prefix,
            to_ct=to_ct,
        ),
    )
