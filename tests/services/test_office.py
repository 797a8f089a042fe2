"""The last administrator: whatever is tried at the same moment, somebody stays in office."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from models.accounts import User
from schemas.types import UserRole, now
from schemas.users import RoleIn
from server.app import Core
from services.accounts import departure, suspension, users
from services.accounts.registration import NewPerson, account
from services.committer import StaleUnitError
from services.errors import LastAdmin
from services.scopes import Actor, Scope, UserScope
from services.unit import Unit

MEANS = {
    "role": lambda scope: users.set_role(scope, RoleIn(role=UserRole.STUDENT)),
    "suspend": lambda scope: suspension.suspend(scope, None),
    "anonymise": departure.anonymise,
}


async def administrator(core: Core) -> User:
    name = os.urandom(5).hex()
    scope = Scope(Actor(), Unit(at=now()), core.keys.ring)
    user = account(scope, NewPerson(f"{name}@school.example", name, "Adi", "Min", UserRole.ADMIN))
    scope.unit.insert(user)
    await core.committer.commit(scope.unit)
    return user


async def decided(core: Core, by: User, whom: User, means: str) -> UserScope:
    """One call up to its commit."""
    user = await User.get(whom.id)
    scope = UserScope(Actor(str(by.id), by.role), Unit(at=now()), core.keys.ring, user=user)
    await MEANS[means](scope)
    return scope


@pytest.fixture(autouse=True)
async def nobody_in_office(core: Core):
    """Administrators of other tests stay out of the count."""
    await User.find({"role": "admin"}).update({"$set": {"role": "student"}})


@pytest.mark.parametrize("means", MEANS)
async def test_two_administrators_cannot_take_each_other_away(core: Core, means: str):
    """Both have decided before either commits: one commits, the other must decide again, and is refused."""
    first, second = await administrator(core), await administrator(core)
    scopes = [await decided(core, first, second, means), await decided(core, second, first, means)]
    outcomes: list[Any] = await asyncio.gather(
        *(core.committer.commit(scope.unit) for scope in scopes), return_exceptions=True
    )
    assert sorted(isinstance(outcome, StaleUnitError) for outcome in outcomes) == [False, True]
    survivor, gone = (first, second) if isinstance(outcomes[1], StaleUnitError) else (second, first)
    with pytest.raises(LastAdmin):
        await decided(core, gone, survivor, means)
    await User.find_one({"_id": survivor.id}).update({"$set": {"role": "student"}})


async def test_with_three_in_office_two_may_go(core: Core):
    """One after the other: the guard refuses only who decided before the other was gone."""
    first, *others = [await administrator(core) for _ in range(3)]
    for other in others:
        await core.committer.commit((await decided(core, first, other, "role")).unit)
    assert await User.find({"role": "admin", "status": "active"}).count() == 1
    await User.find_one({"_id": first.id}).update({"$set": {"role": "student"}})
