"""A notification that tells nothing but that notifications arrive."""

from __future__ import annotations

from beanie import PydanticObjectId

from schemas.jobs import NotifyArgs
from schemas.notifications import Crowd, NotificationKind
from services.permissions import Permission
from services.scopes import Scope


async def tell_oneself(scope: Scope) -> None:
    """Tell the caller a test by every way that there is to them; unlike other news it goes to whoever asked for it."""
    scope.require(Permission.NOTIFICATION_TEST)
    scope.unit.enqueue(
        "notifications.tell",
        NotifyArgs(
            kind=NotificationKind.TEST,
            subject=f"user:{scope.actor.object_id}",
            once=str(PydanticObjectId()),
            to=Crowd.PEOPLE,
            people=(str(scope.actor.object_id),),
            facts={},
            link="#/notifications",
            at=scope.at,
        ),
    )
    scope.unit.audit("notification.tested", f"user:{scope.actor.object_id}")
