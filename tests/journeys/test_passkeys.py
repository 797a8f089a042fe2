"""Passkeys: an authenticator in software registers, signs in, and tries everything that must not count."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness.authenticator import PRESENT, Authenticator
from tests.harness.factors import (
    Holder,
    claims,
    collection,
    confirm,
    elsewhere,
    enrolled,
    expire,
    post,
    rested,
    stranger,
    with_app,
)
from tests.harness.people import PASSWORD, Person, Reply
from tests.harness.school import School


def at_home(school: School, **fields: Any) -> Authenticator:
    """A browser that shows the school under the name localhost, as it must for passkeys."""
    return Authenticator(f"http://localhost:{urlsplit(school.url).port}", **fields)


async def with_passkey(school: School) -> tuple[Person, str, Authenticator, str]:
    person, email = await stranger(school)
    passkey, factor = at_home(school), await enrolled(person, "passkey")
    reply = await confirm(person, factor, credential=passkey.create(factor["publicKey"]))
    assert len(reply.data["recoveryCodes"]) == 10
    return person, email, passkey, factor["factorId"]


@pytest.fixture(scope="module")
async def keyed(school: School) -> tuple[Person, str, Authenticator, str]:
    return await with_passkey(school)


async def options(school: School) -> Any:
    return (await post(school, "/auth/passkey/options", None)).data


async def signin(school: School, asked: Any, credential: Any) -> Reply:
    body = {"challengeToken": asked["challengeToken"], "credential": credential}
    return await post(school, "/auth/passkey/signin", body)


async def test_a_passkey_signs_in_alone_and_is_two_factors(school: School, keyed):
    """The owner was verified by the authenticator, so no password is asked."""
    person, _, passkey, _ = keyed
    asked = await options(school)
    assert (asked["publicKey"]["rpId"], asked["publicKey"]["userVerification"]) == ("localhost", "required")
    opened = await signin(school, asked, passkey.get(asked["publicKey"]))
    assert opened.data["user"]["id"] == person.id
    said = claims(opened.data["accessToken"])
    assert (said["amr"], said["acr"]) == (["hwk", "mfa"], "2")
    again = await signin(school, asked, passkey.get(asked["publicKey"]))
    assert again.code == "code_invalid"


@pytest.mark.parametrize(
    "client",
    [
        {"origin": "https://school.example"},
        {"origin": "http://localhost:1"},
        {"challenge": "AAAA"},
        {"type": "webauthn.create"},
    ],
    ids=str,
)
async def test_what_was_signed_elsewhere_does_not_count(school: School, keyed, client):
    """Another origin, another challenge, another ceremony: refused, and the question is spent."""
    _, _, passkey, _ = keyed
    asked = await options(school)
    assert (await signin(school, asked, passkey.get(asked["publicKey"], **client))).code == "code_invalid"
    assert (await signin(school, asked, passkey.get(asked["publicKey"]))).code == "code_invalid"


@pytest.mark.parametrize(
    "changed", [{"counter": -1}, {"flags": PRESENT}, {"domain": "school.example"}, {"user_handle": "AAAA"}], ids=str
)
async def test_a_changed_authenticator_does_not_count(school: School, keyed, changed):
    """A counter that does not grow is a copy; an owner who was not verified is anybody."""
    _, _, passkey, _ = keyed
    copy = Authenticator(**{**vars(passkey), **changed, "key": passkey.key})
    if "counter" in changed:
        first = await options(school)
        assert (await signin(school, first, passkey.get(first["publicKey"]))).status == 200
        copy.counter = passkey.counter - 1
    asked = await options(school)
    assert (await signin(school, asked, copy.get(asked["publicKey"]))).code == "code_invalid"


async def test_questions_to_passkeys_end(school: School, keyed):
    """An expired one, one from another conversation, one that nobody asked; and an unknown passkey."""
    _, email, passkey, factor_id = keyed
    asked = await options(school)
    await expire(school, "factor_challenges", bound_to="sign-in", used_at=None)
    assert (await signin(school, asked, passkey.get(asked["publicKey"]))).code == "code_invalid"
    token = (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data["mfaToken"]
    ours = (await post(school, "/auth/mfa/challenge", {"mfaToken": token, "factorId": factor_id})).data
    async with collection(school, "factor_challenges") as rows:
        row = await rows.find_one({"bound_to": {"$regex": "^login:"}}, sort=[("created_at", -1)])
    stolen = {"challengeToken": str(row["_id"])}
    assert (await signin(school, stolen, passkey.get(ours["publicKey"]))).code == "mfa_expired"
    fresh = await options(school)
    assert (await signin(school, fresh, at_home(school).get(fresh["publicKey"]))).code == "code_invalid"


async def test_a_passkey_finishes_a_sign_in_and_steps_up(school: School, keyed):
    """Each has a question of its own, which counts once."""
    _, email, passkey, factor_id = keyed
    token = (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data["mfaToken"]
    asked = (await post(school, "/auth/mfa/challenge", {"mfaToken": token, "factorId": factor_id})).data
    assert asked["sent"] is False
    shown = {"mfaToken": token, "factorId": factor_id, "credential": passkey.get(asked["publicKey"])}
    opened = await post(school, "/auth/mfa/verify", shown)
    person = Person(school.http, school.url, opened.data)

    ask = {"factorId": factor_id}
    question = (await person.post("/api/v1/auth/step-up/challenge", ask)).data["publicKey"]
    answer = {**ask, "credential": passkey.get(question)}
    both = await asyncio.gather(*(person.post("/api/v1/auth/step-up", answer, **elsewhere()) for _ in range(2)))
    assert [reply.status for reply in both].count(200) == 1


@pytest.fixture(scope="module")
async def holder(school: School) -> Holder:
    return await with_app(school)


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "AAAA"},
        {"type": ["public-key"]},
        {"response": None},
        {"response": {"clientDataJSON": "e30", "attestationObject": "oA"}},
        {"response": {"clientDataJSON": "%", "attestationObject": "%"}},
        {"response": {}},
    ],
    ids=str,
)
async def test_a_made_up_credential_is_refused_not_crashed_on(school: School, holder: Holder, keyed, broken):
    """When registering and when signing in."""
    ada = await rested(holder)
    factor = await enrolled(ada.person, "passkey")
    credential = at_home(school).create(factor["publicKey"]) | broken
    assert (await confirm(ada.person, factor, credential=credential)).code == "code_invalid"
    asked = await options(school)
    known = keyed[2].get(asked["publicKey"]) | broken
    assert (await signin(school, asked, known)).code == "code_invalid"
