"""Invite codes: an administrator hands one out, and somebody begins in a role that is not open to everyone."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest

from tests.harness.people import PASSWORD, Reply, call
from tests.harness.school import School
from tests.journeys.test_users import canaries

CODES = "/api/v1/admin/invite-codes"


async def made(school: School, **draft: Any) -> Any:
    reply = await school.admin.post(CODES, {"role": "manager", **draft})
    assert reply.status == 201, reply.body
    return reply.data


async def come(school: School, code: str, **more: Any) -> Reply:
    draft = {"email": f"c{os.urandom(6).hex()}@school.example", "password": PASSWORD}
    names = {"firstName": "Cam", "lastName": "Coded", "inviteCode": code, **more}
    return await call(school.http, "POST", f"{school.url}/api/v1/auth/signup", {**draft, **names}, {})


async def test_a_code_brings_its_role_and_is_shown_once(school: School):
    """Even a role that nobody may choose; the list and the database know the code no more."""
    code = await made(school)
    assert (await come(school, code["code"])).data["user"]["role"] == "manager"
    listed = next(one for one in (await school.admin.get(CODES)).data if one["inviteCodeId"] == code["inviteCodeId"])
    assert (listed["used"], listed["isOpen"], "code" in listed) == (1, False, False)
    assert await canaries(school, code["code"]) == set()


async def test_a_code_is_used_as_often_as_it_says_and_not_once_more(school: School):
    """Of ten who come at once for the last use exactly one gets in, and only one account is made."""
    code = await made(school, role="tutor", uses=2)
    assert (await come(school, code["code"])).status == 201
    replies = await asyncio.gather(*(come(school, code["code"]) for _ in range(10)))
    assert sorted(reply.status for reply in replies) == [201] + [404] * 9
    assert {reply.code for reply in replies if reply.status == 404} == {"invite_code_unknown"}


async def test_codes_that_open_nothing(school: School):
    """Unknown, revoked, or asked for another role than theirs: refused, and nothing of the code is used."""
    code = await made(school, role="tutor")
    assert (await come(school, "ic_nonsense")).code == "invite_code_unknown"
    assert (await come(school, code["code"], role="instructor")).code == "role_requires_invite"
    for _ in range(2):
        assert (await school.admin.delete(f"{CODES}/{code['inviteCodeId']}")).data["used"] == 0
    assert (await come(school, code["code"])).code == "invite_code_unknown"


@pytest.mark.parametrize(
    "draft", [{"role": "admin"}, {"role": "guest"}, {"role": "king"}, {"uses": 0}, {"uses": 1.5}, {"expiresInDays": -1}]
)
async def test_senseless_codes_are_not_made(school: School, draft: dict):
    """No code makes administrators, and none is good for nobody."""
    assert (await school.admin.post(CODES, {"role": "tutor", **draft})).status == 400


async def test_open_roles_are_all_but_those_that_manage(school: School):
    """Where registration is open, as in development, administrators and managers still need somebody's word."""
    for role in ("promoter", "mentor", "tutor", "facilitator", "instructor"):
        assert (await come(school, None, role=role)).data["user"]["role"] == role
    for role in ("manager", "admin", "guest"):
        assert (await come(school, None, role=role)).code == "role_requires_invite"
