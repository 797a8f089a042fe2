"""What a copy of the database tells to whoever has no key: nothing that is secret."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from base64 import b32decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from beanie import PydanticObjectId
from pymongo import AsyncMongoClient

from models.accounts import User
from models.factors import Factor, FactorChallenge
from models.unit import IdempotencyRecord, Job
from schemas.accounts import SignInIn, SignUpIn
from schemas.api_keys import ApiKeyIn
from schemas.factors import ConfirmIn, EnrolledOut, EnrollIn, FactorKind, MfaVerifyIn
from schemas.types import UserRole, now
from server.app import Core
from server.key_rotation import KeyInUseError, forget, rotate_fields
from server.keys import load_keys
from services.accounts import enrolment
from services.accounts.api_keys import look_up, make
from services.accounts.challenges import code_of
from services.accounts.desk import Device
from services.accounts.entrance import sign_in
from services.accounts.passkeys import Site
from services.accounts.pending import PendingSignIn
from services.accounts.proofs import Visitor
from services.accounts.registration import create_user, email_of
from services.accounts.second_proof import verify_login
from services.accounts.sessions import OpenSession, refresh
from services.crypto import key_name
from services.scopes import Actor, Scope
from services.sealed import key_use
from services.unit import Unit
from tests.harness.factors import claims, code, confirm, enrolled, post, sent_code, with_app
from tests.harness.raw_scan import found_in_clear
from tests.harness.school import School
from workers import resealing
from workers.mail import StoringMailer
from workers.runner import Runner
from workers.text_messages import StoringTexter
from workers.work import Tools

PASSWORD = "a password that nobody else has"
DEVICE, ADDRESS = Device("test", ""), "192.0.2.1"
VISITOR = Visitor(DEVICE, ADDRESS, Site("localhost", "http://localhost"))
T = TypeVar("T")
KEPT_MAILS = "dev_mails"
"""Stands in the place of a mail server: a mail is there as it would have been sent."""


async def test_s33_no_secret_stands_in_the_clear(school: School):
    """Address, password, tokens and keys: not in any document of any collection, stored answers and jobs included."""
    mark = os.urandom(8).hex()
    address, invited = f"Canary.{mark}@School.example", f"guest.{mark}@school.example"
    owner = await school.person("instructor", email=address, password=f"canary {mark}")
    course = await school.course(owner, title=f"Course {mark}")
    row = {"name": "Guest Canary", "email": invited, "role": "student"}
    headers = {"Idempotency_Key": f"once-{mark}"}
    roster = await owner.post(f"/api/v1/courses/{course}/roster", {"rows": [row], "dryRun": False}, **headers)
    assert roster.status == 200, roster.body
    key = (await owner.post("/api/v1/auth/api-keys", {"name": "K", "scopes": ["course.read"]})).data["key"]
    refreshed = (await owner.post("/api/v1/auth/refresh", {"refreshToken": owner.refresh_token})).data
    told = [address, invited, f"canary {mark}", owner.token, owner.refresh_token, refreshed["refreshToken"], key]
    parts = [token.rpartition(".")[2] for token in (owner.token, owner.refresh_token, refreshed["refreshToken"])]

    assert await found_in_clear(school, [*told, *parts, key[27:70]]) == []
    token = await invitation_to(school, mark)
    assert await found_in_clear(school, [token, token[-64:]], except_in=[KEPT_MAILS]) == []
    assert await found_in_clear(school, [token]) == [f"{KEPT_MAILS}: {token}"]


async def test_s33_no_proof_of_who_one_is_stands_in_the_clear(school: School):
    """Secret of an app, recovery codes, number of a phone, key, tokens of a session and of a sign-in half done."""
    ada = await with_app(school)
    number = f"+336{secrets.randbelow(10**8):08}"
    phone = await enrolled(ada.person, "sms", phone=number)
    assert (await confirm(ada.person, phone, code=await sent_code(school, ada.person))).status == 200
    key = (await ada.person.post("/api/v1/auth/api-keys", {"name": "K", "scopes": ["course.read"]})).data["key"]
    refreshed = (await post(school, "/auth/refresh", {"refreshToken": ada.person.refresh_token})).data["refreshToken"]
    waiting = await ada.token()
    whole = [ada.secret, *ada.recovery, number, key, ada.person.refresh_token, refreshed, waiting]
    parts = [key[27:70], *(one.rpartition(".")[2] for one in (ada.person.refresh_token, refreshed, waiting))]
    grouped = [one.partition("-")[2] for one in ada.recovery]
    other_ways = [*grouped, *(one.replace("-", "") for one in grouped), number[3:], b32decode(ada.secret).hex()]
    assert await found_in_clear(school, [*whole, *parts, *other_ways]) == []


async def invitation_to(school: School, mark: str) -> str:
    """The token that the mail about this course carries."""
    async with asyncio.timeout(10), AsyncMongoClient(school.place.mongodb_url) as client:
        while not (mail := await client[school.place.database][KEPT_MAILS].find_one({"text": {"$regex": mark}})):
            await asyncio.sleep(0.05)
    return re.findall(r"inv_[0-9a-f]{24}\.[0-9a-f]{64}", mail["text"])[0]


def scope(core: Core) -> Scope:
    return Scope(Actor(), Unit(now()), core.keys.ring)


async def account(core: Core) -> tuple[str, str]:
    name = os.urandom(6).hex()
    draft = SignUpIn(
        email=f"{name}@school.example", password=PASSWORD, first_name="Rota", last_name="Tion", username=name
    )
    inside = scope(core)
    user = await create_user(inside, core.desk, draft)
    await core.committer.commit(inside.unit)
    return draft.email, str(user.id)


async def resealed(core: Core) -> None:
    """Run the jobs of the rotation to their end."""
    runner = Runner(core.committer, Tools(core.keys.ring, StoringMailer(), StoringTexter()))
    while (job := await Job.find_one({"kind": "fields.reseal", "state": "ready"})) is not None:
        taken = await Job.get_pymongo_collection().find_one_and_update(
            {"_id": job.id}, {"$set": {"state": "leased", "lease_token": "t", "attempt": 1}}, return_document=True
        )
        await runner.serve(Job.model_validate(taken))
        assert (await Job.get(job.id)).state == "done"


async def signed_in(core: Core, email: str) -> str:
    inside = scope(core)
    opened = await sign_in(inside, core.desk, SignInIn(email=email, password=PASSWORD), DEVICE, ADDRESS)
    return str(opened.user.id)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of two rows, so that a rotation takes several."""
    monkeypatch.setattr(resealing, "AT_ONCE", 2)


async def rotated(core: Core) -> str:
    """Everything is sealed with a new key from now on; the name of the one before it."""
    old = core.keys.ring.fields.writing.name
    assert await rotate_fields(replace(core, keys=load_keys(core.settings)), lead_s=0)
    core.key_watch.hint()
    async with asyncio.timeout(5):
        while core.keys.ring.fields.writing.name == old:
            await asyncio.sleep(0.01)
    return old


async def test_s33_after_a_rotation_everything_is_read_again(core: Core, few: None):
    """Old rows open and are found all the time; at the end all are sealed anew, and only then the old key may go."""
    people = [await account(core) for _ in range(5)]
    await Job.get_pymongo_collection().delete_many({})
    old = await rotated(core)
    newer = await account(core)
    now_keys = replace(core, keys=load_keys(core.settings))
    assert not await rotate_fields(now_keys, lead_s=0)
    with pytest.raises(KeyInUseError, match=r"of users\.email_ct"):
        await forget(now_keys, old)
    for email, user_id in (*people, newer):
        assert await signed_in(core, email) == user_id

    await resealed(core)
    await _answers_run_out()
    found = await User.find_all().to_list()
    assert {key_name(user.email_ct) for user in found} == {key_name(user.email_bidx) for user in found} != {old}
    assert len([email_of(user, core.keys.ring) for user in found]) == len(found) > len(people)
    for email, user_id in (*people, newer):
        assert await signed_in(core, email) == user_id

    await forget(now_keys, old)
    assert old not in load_keys(core.settings).ring.fields.names
    assert all(old not in counts for counts in (await key_use(load_keys(core.settings).ring.fields)).values())


async def test_s33_after_a_rotation_every_factor_opens_its_account(core: Core, few: None):
    """A sign-in begun before it ends with the app, the next one with a recovery code; number, key and tokens count."""
    owner = await Owner.new(core)
    app, recovery_code = await owner.with_app()
    number = await owner.with_phone()
    key = await owner.done(lambda inside: make(inside, ApiKeyIn(name="K", scopes=["course.read"])))
    begun = await owner.begun()
    await Job.get_pymongo_collection().delete_many({})
    old = await rotated(core)
    await resealed(core)
    await _answers_run_out()
    await forget(replace(core, keys=load_keys(core.settings)), old)

    await owner.finished(begun, factor_id=app.factor_id, code=code(app.secret or "", 1))
    await owner.finished(await owner.begun(), recovery_code=recovery_code)
    assert (await look_up(key.key, now())).claims.user_id == owner.user_id
    user, factors = await owner.stored()
    assert core.keys.ring.fields.open(user.phone_ct or "", "users", owner.user_id, "phone") == number
    opened = [core.keys.ring.fields.open(one.secret_ct or "", "factors", str(one.id), "secret") for one in factors]
    assert opened == [app.secret, number]
    assert {key_name(one.secret_ct or "") for one in factors} == {key_name(user.phone_ct or "")} != {old}
    again = await owner.done(lambda inside: refresh(inside, core.desk, owner.session.refresh_token, DEVICE))
    assert str(again.user.id) == owner.user_id


@dataclass
class Owner:
    """Somebody with everything that proves who they are, in this process."""

    core: Core
    email: str
    user_id: str
    session: OpenSession

    @classmethod
    async def new(cls, core: Core) -> Owner:
        email, user_id = await account(core)
        inside = scope(core)
        opened = await sign_in(inside, core.desk, SignInIn(email=email, password=PASSWORD), DEVICE, ADDRESS)
        assert isinstance(opened, OpenSession)
        await core.committer.commit(inside.unit)
        return cls(core, email, user_id, opened)

    async def done(self, work: Callable[[Scope], Awaitable[T]]) -> T:
        """What the owner does, and its commit."""
        sid = claims(self.session.access_token)["sid"]
        actor = Actor(self.user_id, UserRole.STUDENT, sid, proved_at=now().timestamp())
        inside = Scope(actor, Unit(now()), self.core.keys.ring)
        result = await work(inside)
        await self.core.committer.commit(inside.unit)
        return result

    async def with_app(self) -> tuple[EnrolledOut, str]:
        """An authenticator app, and one of the recovery codes that it brought."""
        draft = EnrollIn(kind=FactorKind.TOTP)
        app = await self.done(lambda inside: enrolment.enroll(inside, self.core.desk, draft, VISITOR))
        shown = ConfirmIn(factor_id=str(app.factor_id), code=code(app.secret or ""))
        made = await self.done(lambda inside: enrolment.confirm(inside, self.core.desk, shown, VISITOR))
        return app, (made.recovery_codes or [])[0]

    async def with_phone(self) -> str:
        number = f"+336{secrets.randbelow(10**8):08}"
        draft = EnrollIn(kind=FactorKind.SMS, phone=number)
        phone = await self.done(lambda inside: enrolment.enroll(inside, self.core.desk, draft, VISITOR))
        asked = await FactorChallenge.find_one({"factor_id": PydanticObjectId(phone.factor_id)})
        assert asked is not None
        shown = ConfirmIn(factor_id=str(phone.factor_id), code=code_of(asked, self.core.keys.ring))
        await self.done(lambda inside: enrolment.confirm(inside, self.core.desk, shown, VISITOR))
        return number

    async def begun(self) -> str:
        """The token of a sign-in whose first half is done."""
        draft = SignInIn(email=self.email, password=PASSWORD)
        waiting = await self.done(lambda inside: sign_in(inside, self.core.desk, draft, DEVICE, ADDRESS))
        assert isinstance(waiting, PendingSignIn)
        return waiting.token

    async def finished(self, token: str, **shown: str) -> None:
        draft = MfaVerifyIn(mfa_token=token, **shown)
        opened = await self.done(lambda inside: verify_login(inside, self.core.desk, draft, VISITOR))
        assert str(opened.user.id) == self.user_id

    async def stored(self) -> tuple[User, list[Factor]]:
        """The account and its factors as they stand in the database, in the order of their making."""
        user_id = PydanticObjectId(self.user_id)
        user = await User.get(user_id)
        assert user is not None
        return user, await Factor.find({"user_id": user_id}).sort("_id").to_list()


async def _answers_run_out() -> None:
    """A day passes for the stored answers."""
    await IdempotencyRecord.get_pymongo_collection().update_many({}, {"$set": {"at": now() + timedelta(hours=1)}})


async def test_s33_a_row_that_cannot_be_read_stops_nothing(core: Core, few: None):
    """It is reported and left as it is; the rows behind it are sealed."""
    _, broken = await account(core)
    _, after = await account(core)
    rows: Any = User.get_pymongo_collection()
    for user_id, text in ((broken, "k1:AAAA"), (after, "k9:AAAA")):
        await rows.update_one({"_id": PydanticObjectId(user_id)}, {"$set": {"email_ct": text}})
    await Job.get_pymongo_collection().delete_many({})
    inside = scope(core)
    inside.unit.enqueue("fields.reseal", resealing.ResealArgs())
    await core.committer.commit(inside.unit)
    await resealed(core)
    assert (await User.get(PydanticObjectId(broken))).email_ct == "k1:AAAA"
    await rows.delete_many({"_id": {"$in": [PydanticObjectId(broken), PydanticObjectId(after)]}})
