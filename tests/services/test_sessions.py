"""The rules of sessions by the instant of the call: lifetimes, limits, old tokens, changed rights, new devices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TypeVar

import pytest

from models.accounts import RefreshFamily, User
from models.delivery import Revocation
from models.unit import Job
from realtime.announce import LiveAnnouncer
from schemas.accounts import SignUpIn
from schemas.types import UserRole, now
from server.app import Core, background
from services.accounts import sessions
from services.accounts.crowding import SessionLimits
from services.accounts.desk import Desk, Device
from services.accounts.errors import SessionReplaced
from services.accounts.families import alive, presented
from services.accounts.registration import create_user
from services.accounts.sessions import OpenSession
from services.committer import Committer, StaleUnitError
from services.errors import DomainError, SessionEnded
from services.scopes import GUEST, Actor, Scope
from services.unit import Unit

Result = TypeVar("Result")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/125.0"
LAPTOP = Device(FIREFOX, "192.0.2.0/24", "laptop-0123456789")
PHONE = Device("Mozilla/5.0 (iPhone) CriOS/124.0", "198.51.100.0/24", "phone-0123456789")

_number = count(1)


class Clerk:
    """Does calls in this process, each committed, at whatever instant; a refusal that leaves traces leaves them."""

    def __init__(self, core: Core, committer: Committer | None = None) -> None:
        self.core = core
        self.desk: Desk = replace(core.desk, session_limits=SessionLimits())
        self.committer = committer or core.committer

    async def does(
        self, work: Callable[[Scope], Awaitable[Result]], *, after: float = 0, actor: Actor = GUEST
    ) -> Result:
        while True:
            scope = Scope(actor, Unit(at=now() + timedelta(seconds=after)), self.core.keys.ring)
            try:
                result = await work(scope)
                await self.committer.commit(scope.unit)
            except StaleUnitError:
                continue
            except DomainError as error:
                if error.recorded:
                    await self.committer.commit(scope.unit)
                raise
            return result

    async def user(self, role: UserRole = UserRole.STUDENT) -> User:
        draft = SignUpIn(
            email=f"clerk{next(_number)}@school.example",
            password="a password",
            first_name="A",
            last_name="B",
            role=role,
        )
        return await self.does(lambda scope: create_user(scope, self.desk, draft))

    async def opens(self, user: User, device: Device = LAPTOP, *, after: float = 0) -> OpenSession:
        async def work(scope: Scope) -> OpenSession:
            return await sessions.open_session(scope, self.desk, await User.get(user.id), device)

        return await self.does(work, after=after)

    async def refreshes(self, token: str, device: Device = LAPTOP, *, after: float = 0) -> OpenSession:
        return await self.does(lambda scope: sessions.refresh(scope, self.desk, token, device), after=after)

    async def promotes(self, user: User, role: UserRole) -> None:
        async def work(scope: Scope) -> None:
            found = await User.get(user.id)
            scope.unit.change(found, role=role, permission_version=found.permission_version + 1)

        await self.does(work)

    def sid(self, opened: OpenSession) -> str:
        return self.core.desk.tokens.verify(opened.access_token).session_id


@pytest.fixture
def clerk(core: Core) -> Clerk:
    return Clerk(core)


async def notices(user: User) -> list[str]:
    jobs = await Job.find({"kind": "mail.notice", "args.user_id": str(user.id)}).to_list()
    return sorted(job.args["notice"] for job in jobs)


async def living(user: User) -> list[RefreshFamily]:
    return await RefreshFamily.find(alive(user.id, now())).to_list()


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("role", "methods", "idle", "absolute"),
    [
        (UserRole.STUDENT, ("pwd",), 14 * DAY, 30 * DAY),
        (UserRole.STUDENT, ("pwd", "otp", "mfa"), DAY / 2, DAY),
        (UserRole.INSTRUCTOR, ("pwd",), DAY / 2, DAY),
        (UserRole.ADMIN, ("hwk",), DAY / 2, DAY),
    ],
)
async def test_sessions_live_as_long_as_they_are_worth(clerk: Clerk, role, methods, idle, absolute):
    """Two weeks at rest for students who showed a password; half a day where more is at stake."""
    user = await clerk.user(role)
    opened = await clerk.does(lambda scope: sessions.open_session(scope, clerk.desk, user, LAPTOP, methods))
    family, _ = await presented(opened.refresh_token)
    rests = family.idle_expires_at - family.created_at, family.expires_at - family.created_at
    assert rests == (timedelta(seconds=idle), timedelta(seconds=absolute))
    with pytest.raises(SessionEnded):
        await clerk.refreshes(opened.refresh_token, after=idle + 1)


async def test_s12_a_replaced_token_is_good_for_ten_seconds(clerk: Clerk):
    """After 9 s it yields the same successor again; after 11 s it ends the family, and the owner is told."""
    user = await clerk.user()
    opened = await clerk.opens(user)
    second = await clerk.refreshes(opened.refresh_token)
    assert (await clerk.refreshes(opened.refresh_token, after=9)).refresh_token == second.refresh_token
    with pytest.raises(SessionEnded):
        await clerk.refreshes(opened.refresh_token, after=11)
    with pytest.raises(SessionEnded):
        await clerk.refreshes(second.refresh_token, after=11)
    assert await notices(user) == ["token_reused"]
    assert (await Revocation.get(f"sid:{clerk.sid(opened)}")).reason == "refresh_reused"


async def test_s13_a_step_up_goes_on_under_a_new_id(clerk: Clerk):
    """The old tokens are good for nothing; other sessions stay; nothing is said of a new device."""
    user = await clerk.user()
    old, other = await clerk.opens(user), await clerk.opens(user, PHONE)
    family, _ = await presented(old.refresh_token)
    new = await clerk.does(
        lambda scope: sessions.replace(scope, clerk.desk, user, LAPTOP, family, ("pwd", "otp", "mfa"))
    )
    assert clerk.sid(new) not in {clerk.sid(old), clerk.sid(other)}
    with pytest.raises(SessionReplaced):
        await clerk.refreshes(old.refresh_token)
    assert (await Revocation.get(f"sid:{clerk.sid(old)}")).reason == "replaced"
    assert {str(family.id) for family in await living(user)} == {clerk.sid(new), clerk.sid(other)}
    assert await notices(user) == ["new_device"]


async def test_s13_changed_rights_come_under_a_new_id(clerk: Clerk):
    """The refresh after a change of role opens another session with the old proof, and once only for many at a time."""
    user = await clerk.user()
    old = await clerk.opens(user)
    await clerk.promotes(user, UserRole.INSTRUCTOR)
    replies = await asyncio.gather(*(clerk.refreshes(old.refresh_token) for _ in range(20)))
    assert len({reply.refresh_token for reply in replies}) == 1
    claims = clerk.core.desk.tokens.verify(replies[0].access_token)
    assert (claims.role, claims.session_id != clerk.sid(old)) == (UserRole.INSTRUCTOR, True)
    assert claims.proved_at == clerk.core.desk.tokens.verify(old.access_token).proved_at
    assert [str(family.id) for family in await living(user)] == [claims.session_id]
    assert (await clerk.refreshes(replies[0].refresh_token)).user.role is UserRole.INSTRUCTOR


@pytest.mark.parametrize("used", [False, True], ids=["too late", "after its successor"])
async def test_s12_reuse_is_noticed_across_a_change_of_rights(clerk: Clerk, *, used: bool):
    """Whoever comes second with the last token of before it ends what the first one went on with."""
    user = await clerk.user()
    old = await clerk.opens(user)
    await clerk.promotes(user, UserRole.INSTRUCTOR)
    new = await clerk.refreshes(old.refresh_token)
    if used:
        await clerk.refreshes(new.refresh_token)
    with pytest.raises(SessionEnded):
        await clerk.refreshes(old.refresh_token, after=0 if used else 11)
    assert (await living(user), await notices(user)) == ([], ["token_reused"])


async def test_another_browser_has_to_step_up(clerk: Clerk):
    """A refresh token that moves to another browser keeps the session, not the proof; an update moves nothing."""
    opened = await clerk.opens(await clerk.user())
    updated = await clerk.refreshes(opened.refresh_token, replace(LAPTOP, user_agent=FIREFOX.replace("125", "126")))
    assert clerk.core.desk.tokens.verify(updated.access_token).proved_at > 0
    moved = await clerk.refreshes(updated.refresh_token, PHONE)
    again = await clerk.refreshes(moved.refresh_token, PHONE)
    assert [clerk.core.desk.tokens.verify(one.access_token).proved_at for one in (moved, again)] == [0, 0]


async def test_a_lost_reply_asked_for_by_another_browser_has_to_step_up(clerk: Clerk):
    """The grace of ten seconds gives a thief no proof either."""
    opened = await clerk.opens(await clerk.user())
    mine = await clerk.refreshes(opened.refresh_token)
    theirs = await clerk.refreshes(opened.refresh_token, PHONE)
    assert theirs.refresh_token == mine.refresh_token
    assert clerk.core.desk.tokens.verify(theirs.access_token).proved_at == 0


@pytest.mark.parametrize(("role", "at_most"), [(UserRole.STUDENT, 10), (UserRole.ADMIN, 3)])
async def test_the_least_recently_used_session_makes_room(clerk: Clerk, role: UserRole, at_most: int):
    """One too many ends it and tells of it; what was used since it was opened stays."""
    user = await clerk.user(role)
    opened = [await clerk.opens(user, after=n) for n in range(at_most)]
    await clerk.refreshes(opened[0].refresh_token, after=60)
    await clerk.opens(user, after=61)
    ended = await RefreshFamily.find({"user_id": user.id, "revoked_reason": "evicted"}).to_list()
    assert [str(family.id) for family in ended] == [clerk.sid(opened[1])]
    assert (await Revocation.get(f"sid:{clerk.sid(opened[1])}")).reason == "evicted"
    assert await notices(user) == ["session_evicted"]


async def test_a_hundred_sign_ins_at_once_leave_ten_sessions(core: Core):
    """Also through two writers, as with two instances: all get in, never more than ten stay, one device is known."""
    announcer = LiveAnnouncer(core.hub, core.bus, core.revocations)
    rival = Committer(core.database.client, core.events.epoch, announcer, core.metrics)
    clerks = Clerk(core), Clerk(core, rival)
    user = await clerks[0].user()
    async with background(rival.run()):
        await asyncio.gather(*(clerks[n % 2].opens(user) for n in range(100)))
    assert len(await living(user)) == 10
    assert await RefreshFamily.find({"user_id": user.id, "revoked_reason": "evicted"}).count() == 90
    assert set(await notices(user)) == {"session_evicted"}


async def test_only_a_device_of_its_own_id_is_known(clerk: Clerk):
    """Nothing is told at the first sign-in, nor when a device comes back; a new one is told of, once."""
    user = await clerk.user()
    assert not await sessions.is_known_device(user, LAPTOP)
    for device in (LAPTOP, LAPTOP, PHONE, LAPTOP, PHONE):
        await clerk.opens(user, device)
    assert await notices(user) == ["new_device"]
    known = [await sessions.is_known_device(user, device) for device in (LAPTOP, replace(LAPTOP, device_id=None))]
    assert known == [True, False]
    assert not await sessions.is_known_device(await clerk.user(), LAPTOP)


async def test_ending_all_spares_the_one_that_is_named(clerk: Clerk):
    """As a change of the password does; the sessions that ended are named to every instance with the reason."""
    user = await clerk.user()
    opened = [await clerk.opens(user) for _ in range(3)]
    mine = clerk.sid(opened[0])

    async def work(scope: Scope) -> int:
        return await sessions.end_all(scope, await User.get(user.id), "password_changed", except_session=mine)

    ended = await clerk.does(work)
    rows = [await Revocation.get(f"sid:{clerk.sid(one)}") for one in opened]
    assert (ended, [row and row.reason for row in rows]) == (2, [None, "password_changed", "password_changed"])


async def test_a_sign_in_beside_a_change_of_the_user_is_decided_again(clerk: Clerk):
    """Whoever has shown a password that is being changed gets no session that the change did not see."""
    user = await clerk.user()
    scope = Scope(GUEST, Unit(at=now()), clerk.core.keys.ring)
    await sessions.open_session(scope, clerk.desk, user, LAPTOP)
    await clerk.promotes(user, UserRole.INSTRUCTOR)
    with pytest.raises(StaleUnitError):
        await clerk.core.committer.commit(scope.unit)
    assert await living(user) == []


async def test_a_sign_in_beside_the_end_of_all_sessions_is_decided_again(clerk: Clerk):
    """What ends them need not change the account: a factor that is added, or taken away, does as well."""
    user = await clerk.user()
    scope = Scope(GUEST, Unit(at=now()), clerk.core.keys.ring)
    await sessions.open_session(scope, clerk.desk, await User.get(user.id), LAPTOP)
    await clerk.does(lambda ending: sessions.end_all(ending, user, "factors_changed"))
    with pytest.raises(StaleUnitError):
        await clerk.core.committer.commit(scope.unit)
    assert await living(user) == []


async def test_the_end_of_all_sessions_is_decided_again_beside_a_sign_in(clerk: Clerk):
    """One that commits between the reading of the sessions and their end is found the second time."""
    user = await clerk.user()
    scope = Scope(GUEST, Unit(at=now()), clerk.core.keys.ring)
    await sessions.end_all(scope, await User.get(user.id), "password_changed")
    await clerk.opens(user)
    with pytest.raises(StaleUnitError):
        await clerk.core.committer.commit(scope.unit)
    assert len(await living(user)) == 1
