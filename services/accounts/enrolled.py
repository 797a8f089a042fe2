"""The factors that count for an account, and how strong each of them is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.factors import Factor
from schemas.factors import FactorKind
from schemas.types import UserRole
from services.accounts.roles import grants_of

STRENGTH: Final[Mapping[FactorKind, int]] = {
    FactorKind.PASSKEY: 3,
    FactorKind.TOTP: 2,
    FactorKind.SMS: 1,
    FactorKind.EMAIL: 1,
}
STRONG: Final = 2
"""From here on a factor suffices for an administrator: codes by mail and text message can be intercepted."""

METHODS: Final[Mapping[FactorKind, str]] = {
    FactorKind.PASSKEY: "hwk",
    FactorKind.TOTP: "otp",
    FactorKind.SMS: "sms",
    FactorKind.EMAIL: "email",
}
"""How each is called in `amr`: by RFC 8176, which has no name for mail."""


async def enrolled(user_id: PydanticObjectId) -> Sequence[Factor]:
    """The confirmed factors, the strongest first."""
    held = await Factor.find({"user_id": user_id, "confirmed_at": {"$ne": None}}).sort("_id").to_list()
    return sorted(held, key=lambda factor: -STRENGTH[factor.kind])


async def is_admin(user: User, at: datetime) -> bool:
    return UserRole.ADMIN in {user.role, *(await grants_of(user, at)).roles}


def has_strong(held: Iterable[Factor]) -> bool:
    return any(STRENGTH[factor.kind] >= STRONG for factor in held)


async def needed(user: User, held: Iterable[Factor], at: datetime) -> int:
    """How strong a factor must be to prove all of this account: as the strongest there is."""
    least = STRONG if await is_admin(user, at) else 0
    return max([least, *(STRENGTH[factor.kind] for factor in held)])
