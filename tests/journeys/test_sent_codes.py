"""Codes by mail and by text message: weaker factors, and bound to where they were asked."""

from __future__ import annotations

from tests.harness.factors import (
    a_minute_passes,
    claims,
    code,
    confirm,
    elsewhere,
    enrolled,
    expire,
    forgive,
    mailed,
    post,
    sent_code,
    stranger,
    with_app,
)
from tests.harness.people import PASSWORD, Person
from tests.harness.school import School

NUMBER = "+33612345678"


async def test_a_code_by_mail_counts_once_and_where_it_was_asked(school: School):
    """Eight digits; wrong in another sign-in, after its use, and after ten minutes."""
    person, email = await stranger(school)
    factor = await enrolled(person, "email")
    first = await sent_code(school, person)
    assert (await confirm(person, factor, code=first)).status == 200

    tokens = [
        (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data["mfaToken"] for _ in "ab"
    ]
    asks, other = ({"mfaToken": token, "factorId": factor["factorId"]} for token in tokens)
    assert (await post(school, "/auth/mfa/challenge", asks)).code == "too_many_attempts"
    await a_minute_passes(school)
    assert (await post(school, "/auth/mfa/challenge", asks)).data == {"sent": True, "publicKey": None}
    second = await sent_code(school, person, after=first)
    assert (await post(school, "/auth/mfa/verify", {**asks, "code": first})).code == "code_invalid"
    assert (await post(school, "/auth/mfa/verify", {**other, "code": second})).code == "code_invalid"
    opened = await post(school, "/auth/mfa/verify", {**asks, "code": f"{second[:4]} {second[4:]}"})
    assert claims(opened.data["accessToken"])["amr"] == ["pwd", "email", "mfa"]
    assert (await post(school, "/auth/mfa/verify", {**asks, "code": second})).code == "mfa_expired"


async def test_a_code_by_mail_expires(school: School):
    """Ten minutes after it was sent."""
    person, _ = await stranger(school)
    factor = await enrolled(person, "email")
    said = await sent_code(school, person)
    await expire(school, "factor_challenges", bound_to=f"enrolment:{factor['factorId']}")
    assert (await confirm(person, factor, code=said)).code == "code_invalid"


async def test_five_wrong_answers_spend_a_sent_code(school: School):
    """The right one comes too late, even where the limit of guesses would let it through."""
    person, _ = await stranger(school)
    factor = await enrolled(person, "email")
    said = await sent_code(school, person)
    wrong = f"{(int(said) + 1) % 10**8:08}"
    assert [(await confirm(person, factor, code=wrong)).code for _ in range(5)] == ["code_invalid"] * 5
    await forgive(school)
    assert (await confirm(person, factor, code=said)).code == "code_invalid"


async def test_text_messages_go_to_a_confirmed_number_beside_an_app(school: School):
    """The app cannot be taken away from beside them; the message shows at /dev/mail."""
    (person, _), ada = await stranger(school), await with_app(school)
    alone = await person.post("/api/v1/auth/mfa/enroll", {"kind": "sms", "phone": NUMBER})
    assert alone.code == "stronger_factor_first"
    missing = await ada.person.post("/api/v1/auth/mfa/enroll", {"kind": "sms"})
    assert [field["path"] for field in missing.body["fields"]] == ["phone"]

    factor = await enrolled(ada.person, "sms", phone=NUMBER)
    text = await mailed(school, ada.person, "is your code for Coursewire")
    reply = await confirm(ada.person, factor, code=text[:8])
    assert reply.data == {"recoveryCodes": None}
    removal = await ada.person.post("/api/v1/auth/mfa/disable", {"factorId": ada.factor_id})
    assert removal.code == "stronger_factor_first"
    gone = await ada.person.post("/api/v1/auth/mfa/disable", {"factorId": factor["factorId"]})
    assert gone.status == 200


async def test_a_weaker_factor_signs_in_but_does_not_step_up(school: School):
    """Neither by itself, nor because the sign-in with it is fresh."""
    ada = await with_app(school)
    factor = await enrolled(ada.person, "email")
    first = await sent_code(school, ada.person)
    assert (await confirm(ada.person, factor, code=first)).status == 200
    await a_minute_passes(school)
    asks = {"mfaToken": await ada.token(), "factorId": factor["factorId"]}
    await post(school, "/auth/mfa/challenge", asks)
    opened = await post(school, "/auth/mfa/verify", {**asks, "code": await sent_code(school, ada.person, after=first)})
    weakly = Person(school.http, school.url, opened.data)
    refused = await weakly.post("/api/v1/auth/mfa/enroll", {"kind": "totp"})
    assert (refused.status, refused.code) == (401, "step_up_required")

    ask = {"factorId": factor["factorId"]}
    assert (await weakly.post("/api/v1/auth/step-up/challenge", ask)).code == "stronger_factor_needed"
    assert (await weakly.post("/api/v1/auth/step-up", {**ask, "code": first})).code == "stronger_factor_needed"
    shown = {"factorId": ada.factor_id, "code": code(ada.secret, 1)}
    stepped = Person(school.http, school.url, (await weakly.post("/api/v1/auth/step-up", shown, **elsewhere())).data)
    assert (await stepped.post("/api/v1/auth/mfa/disable", ask)).status == 200


async def test_administrators_have_no_codes_by_mail_alone(school: School):
    """An app or a passkey comes first."""
    reply = await school.admin.post("/api/v1/auth/mfa/enroll", {"kind": "email"})
    assert (reply.status, reply.code) == (409, "stronger_factor_first")
