"""What goes of somebody's messages when the account is anonymised: the name, wherever it was told with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from models.delivery import RETENTION_S
from models.messages import Message
from models.notifications import Notification
from services.messages.telling import take_back
from services.scopes import UserScope

TOLD_FOR: Final = timedelta(seconds=RETENTION_S)


async def forget_sender(scope: UserScope) -> None:
    """The messages stay, as those of a former member. Their events are emptied: clients load what they lack."""
    written = Message.find({"sender_id": scope.user.id, "created_at": {"$gt": scope.at - TOLD_FOR}})
    ids = [message.id async for message in written]
    take_back(scope.unit, *ids)
    scope.unit.remove(Notification, {"subject": {"$in": [f"message:{message_id}" for message_id in ids]}})
