"""What a sign-in does to the other sessions of its user: one too many ends, and a new device is told of by mail.

Both are decided inside the transaction: every sign-in counts up one field of the user, so the database lets them
through one by one, and a hundred side by side end as they would one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pymongo.asynchronous.client_session import AsyncClientSession

from models.accounts import KnownDevice, RefreshFamily, User
from schemas.jobs import Notice
from schemas.types import UserRole
from services.accounts.families import alive, end_family
from services.accounts.notices import notify
from services.permissions import Grants
from services.scopes import Scope
from services.unit import Unit


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How many sessions one user may have."""

    everyone: int = 10
    admins: int = 3

    @classmethod
    def scaled(cls, scale: float) -> SessionLimits:
        return cls(*(max(1, round(limit * scale)) for limit in (cls().everyone, cls().admins)))

    def of(self, user: User, grants: Grants) -> int:
        return self.admins if UserRole.ADMIN in {user.role, *grants.roles} else self.everyone


def make_room(scope: Scope, user: User, family: RefreshFamily, at_most: int) -> None:
    """Let the new family in. What has changed about the user meanwhile, such as the password, starts the call again."""
    if any(one is user for one in scope.unit.inserts):
        scope.unit.insert(_device(scope, family))
        return
    scope.unit.update(User, {"_id": user.id, "version": user.version}, {"$inc": {"sign_ins": 1}})

    async def decide(session: AsyncClientSession) -> Unit:
        more = replace(scope, unit=Unit(at=scope.at, author=scope.unit.author))
        await _evict(more, family, at_most, session)
        await _recognise(more, family, session)
        return more.unit

    scope.unit.inside(decide)


async def _evict(scope: Scope, family: RefreshFamily, at_most: int, session: AsyncClientSession) -> None:
    found = await RefreshFamily.find(alive(family.user_id, scope.at), session=session).to_list()
    found.sort(key=lambda one: (one.seen_at, one.id))
    for least_used in found[: max(0, len(found) + 1 - at_most)]:
        end_family(scope, least_used, "evicted")
        notify(scope, family.user_id, Notice.SESSION_EVICTED)


async def _recognise(scope: Scope, family: RefreshFamily, session: AsyncClientSession) -> None:
    """Nothing is told at the very first sign-in of an account."""
    own = KnownDevice.find({"user_id": family.user_id}, session=session)
    known = await own.find({"mark": family.device_mark}).first_or_none()
    if known is not None:
        scope.unit.change(known)
        return
    if await KnownDevice.find_one({"user_id": family.user_id}, session=session) is not None:
        notify(scope, family.user_id, Notice.NEW_DEVICE)
    scope.unit.insert(_device(scope, family))


def _device(scope: Scope, family: RefreshFamily) -> KnownDevice:
    return KnownDevice(created_at=scope.at, updated_at=scope.at, user_id=family.user_id, mark=family.device_mark)
