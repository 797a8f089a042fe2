"""Taking away the factors that somebody has lost: one administrator suffices, but for another administrator two."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.unit import AuditRecord
from schemas.jobs import Notice
from services.accounts import recovery
from services.accounts.enrolled import enrolled, is_admin
from services.accounts.enrolment import remove
from services.accounts.notices import notify
from services.accounts.sessions import end_all
from services.errors import Forbidden
from services.permissions import Permission
from services.scopes import UserScope

ASKED: Final = "user.factors_reset_asked"
DONE: Final = "user.factors_reset"
WITHIN: Final = timedelta(days=1)


async def reset(scope: UserScope) -> bool:
    """Take every factor of somebody else away, so that the password alone opens the account again.

    Yields whether that was done: for an administrator it waits until a second one asks for it.
    """
    scope.require(Permission.USER_FACTORS_RESET)
    if scope.is_own:
        raise Forbidden
    if await is_admin(scope.user, scope.at) and not await _another_asked(scope):
        scope.unit.audit(ASKED, f"user:{scope.user.id}")
        notify(scope, scope.user.id, Notice.FACTOR_RESET_ASKED)
        return False
    await _take_away(scope)
    return True


async def _take_away(scope: UserScope) -> None:
    user = scope.user
    for factor in await enrolled(user.id):
        remove(scope, factor)
    await recovery.void(scope, user)
    await end_all(scope, user, "factors_changed")
    scope.unit.audit(DONE, f"user:{user.id}")
    notify(scope, user.id, Notice.FACTOR_REMOVED)


async def _another_asked(scope: UserScope) -> bool:
    """Whether somebody else asked within a day and since the last reset, and is still an administrator."""
    where = {
        "subject": f"user:{scope.user.id}",
        "action": {"$in": [ASKED, DONE]},
        "at": {"$gt": scope.at - WITHIN},
    }
    async for record in AuditRecord.find(where).sort("-at", "-_id"):
        if record.action == DONE:
            return False
        if record.actor_id is not None and record.actor_id != scope.actor.user_id:
            other = await User.get(PydanticObjectId(record.actor_id))
            if other is not None and other.is_active and await is_admin(other, scope.at):
                return True
    return False
