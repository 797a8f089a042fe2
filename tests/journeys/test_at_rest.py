"""What a copy of the database tells to whoever has no key: nothing that is secret."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from beanie import PydanticObjectId
from pymongo import AsyncMongoClient

from models.accounts import User
from models.unit import IdempotencyRecord, Job
from schemas.accounts import SignInIn, SignUpIn
from schemas.types import now
from server.app import Core
from server.key_rotation import KeyInUseError, forget, rotate_fields
from server.keys import load_keys
from services.accounts.desk import Device
from services.accounts.entrance import sign_in
from services.accounts.registration import create_user, email_of
from services.crypto import key_name
from services.scopes import Actor, Scope
from services.sealed import key_use
from services.unit import Unit
from tests.harness.raw_scan import found_in_clear
from tests.harness.school import School
from workers import resealing
from workers.mail import StoringMailer
from workers.runner import Runner
from workers.text_messages import StoringTexter

PASSWORD = "a password that nobody else has"
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
    secrets = [address, invited, f"canary {mark}", owner.token, owner.refresh_token, refreshed["refreshToken"], key]
    parts = [token.rpartition(".")[2] for token in (owner.token, owner.refresh_token, refreshed["refreshToken"])]

    assert await found_in_clear(school, [*secrets, *parts, key[27:70]]) == []
    token = await invitation_to(school, mark)
    assert await found_in_clear(school, [token, token[-64:]], except_in=[KEPT_MAILS]) == []


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
    runner = Runner(core.committer, core.keys.ring, StoringMailer(), StoringTexter())
    while (job := await Job.find_one({"kind": "fields.reseal", "state": "ready"})) is not None:
        taken = await Job.get_pymongo_collection().find_one_and_update(
            {"_id": job.id}, {"$set": {"state": "leased", "lease_token": "t", "attempt": 1}}, return_document=True
        )
        await runner.serve(Job.model_validate(taken))
        assert (await Job.get(job.id)).state == "done"


async def signed_in(core: Core, email: str) -> str:
    inside = scope(core)
    opened = await sign_in(inside, core.desk, SignInIn(email=email, password=PASSWORD), Device("test", ""), "192.0.2.1")
    return str(opened.user.id)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of two rows, so that a rotation takes several."""
    monkeypatch.setattr(resealing, "AT_ONCE", 2)


async def test_s33_after_a_rotation_everything_is_read_again(core: Core, few: None):
    """Old rows open and are found all the time; at the end all are sealed anew, and only then the old key may go."""
    people = [await account(core) for _ in range(5)]
    await Job.get_pymongo_collection().delete_many({})
    old = core.keys.ring.fields.writing.name

    assert await rotate_fields(replace(core, keys=load_keys(core.settings)), lead_s=0)
    core.key_watch.hint()
    async with asyncio.timeout(5):
        while core.keys.ring.fields.writing.name == old:
            await asyncio.sleep(0.01)
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
