"""Recovery codes: ten, each good once. A code names its slot, so that one try costs one hash."""

from __future__ import annotations

import asyncio
import re
import secrets

from models.accounts import User
from models.factors import RecoveryCodes
from schemas.jobs import Notice
from services.accounts.desk import Desk
from services.accounts.errors import CodeInvalid
from services.accounts.notices import notify
from services.scopes import Scope

HOW_MANY, LENGTH, GROUP = 10, 16, 4
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

_CODE = re.compile(rf"([1-9][0-9]?)-((?:[{ALPHABET}]{{{GROUP}}}-?){{{LENGTH // GROUP}}})")


async def renew(scope: Scope, desk: Desk, user: User) -> list[str]:
    """Ten new codes, which nobody can read again; those before them count no more."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(HOW_MANY)]
    slots: list[str | None] = list(await asyncio.gather(*(desk.passwords.hash(code) for code in codes)))
    held = await RecoveryCodes.get(user.id)
    if held is None:
        scope.unit.insert(RecoveryCodes(id=user.id, created_at=scope.at, updated_at=scope.at, slots=slots))
    else:
        scope.unit.change(held, slots=slots)
    scope.unit.audit("factor.recovery_renewed", f"user:{user.id}")
    return [f"{number}-{_grouped(code)}" for number, code in enumerate(codes, 1)]


async def left(user: User) -> int:
    held = await RecoveryCodes.get(user.id)
    return sum(slot is not None for slot in held.slots) if held else 0


async def use(scope: Scope, desk: Desk, user: User, said: str) -> None:
    """Use the code up, or `CodeInvalid`. Two at once change one version, so only one of them counts."""
    match = _CODE.fullmatch(re.sub(r"\s", "", said).upper())
    held = await RecoveryCodes.get(user.id)
    index = int(match[1]) - 1 if match else -1
    stored = held.slots[index] if held and 0 <= index < len(held.slots) else None
    if not await desk.passwords.verify(match[2].replace("-", "") if match else "", stored) or held is None:
        raise CodeInvalid
    scope.unit.change(held, slots=[None if place == index else slot for place, slot in enumerate(held.slots)])
    scope.unit.audit("factor.recovery_used", f"user:{user.id}", slot=index + 1)
    notify(scope, user.id, Notice.RECOVERY_CODE_USED)


async def void(scope: Scope, user: User) -> None:
    """No code counts any more: they go with the last factor."""
    held = await RecoveryCodes.get(user.id)
    if held is not None and any(held.slots):
        scope.unit.change(held, slots=[])


def _grouped(code: str) -> str:
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))
