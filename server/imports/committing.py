"""Writing what an import decides: as the house itself, with the rights of the office, through the committer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from schemas.types import UserRole, now
from server.app import Core
from server.imports.lines import ImportRefusedError
from services.committer import StaleUnitError
from services.scopes import Actor, Scope
from services.unit import Author, Unit

Result = TypeVar("Result")

OFFICE: Final = Actor(role=UserRole.ADMIN)
ATTEMPTS: Final = 5
"""How often a unit is decided again when what it rests on has changed before it could commit."""


async def committed(core: Core, request_id: str, fill: Callable[[Scope], Awaitable[Result]]) -> Result:
    """Let a service fill a unit, commit it, and tell the other processes what has become outdated."""
    for _ in range(ATTEMPTS):
        scope = Scope(OFFICE, Unit(at=now(), author=Author(request_id=request_id)), core.keys.ring)
        result = await fill(scope)
        try:
            done = await core.committer.commit(scope.unit)
        except StaleUnitError:
            continue
        if done.touched:
            await core.bus.touched(done.touched)
        return result
    message = "others change the same things all the time; try again when they are done"
    raise ImportRefusedError(message)
