"""Second factors as their owners, and those who would be them, meet them."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import pytest
import socketio

from handlers.call import Gate
from server.routes import ROUTES
from tests.harness.factors import (
    Holder,
    audited,
    claims,
    code,
    collection,
    confirm,
    elsewhere,
    ended,
    enrolled,
    expire,
    forget_steps,
    mailed,
    post,
    rested,
    stranger,
    with_app,
)
from tests.harness.people import PASSWORD, Person, call
from tests.harness.rights import promoted
from tests.harness.school import School


@pytest.fixture(scope="module")
async def holder(school: School) -> Holder:
    return await with_app(school)


@pytest.fixture
async def ada(holder: Holder) -> Holder:
    return await rested(holder)


async def test_an_app_is_shown_once_and_then_asked_for(school: School):
    """Secret of 20 bytes, picture, ten recovery codes; then the password alone opens nothing."""
    person, email = await stranger(school)
    factor = await enrolled(person, "totp", name="My phone")
    assert len(factor["secret"]) == 32
    assert factor["otpauthUri"].startswith("otpauth://totp/Coursewire:")
    assert factor["qrSvg"].startswith("<svg xmlns=")
    codes = (await confirm(person, factor, code=code(factor["secret"]))).data["recoveryCodes"]
    assert [one.partition("-")[0] for one in codes] == [str(number) for number in range(1, 11)]

    shown = (await person.get("/api/v1/auth/mfa")).data
    assert (shown["enabled"], shown["recoveryCodesLeft"]) == (True, 10)
    assert [(one["kind"], one["name"]) for one in shown["factors"]] == [("totp", "My phone")]
    assert factor["secret"] not in str(shown)

    asked = (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data
    assert (asked["mfaRequired"], asked["accessToken"], asked["user"], asked["refreshToken"]) == (
        True,
        None,
        None,
        None,
    )
    assert asked["methods"] == [{"kind": "totp", "factorId": factor["factorId"], "name": "My phone"}]


async def test_a_factor_that_was_not_confirmed_has_no_effect(school: School):
    """Neither begun, nor with a wrong code, nor too late."""
    person, email = await stranger(school)
    factor = await enrolled(person, "totp")
    assert (await confirm(person, factor, code="000000")).code == "code_invalid"
    opened = (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data
    assert (opened["mfaRequired"], opened["mfaToken"], opened["methods"]) == (False, None, [])
    assert claims(opened["accessToken"])["amr"] == ["pwd"]

    async with collection(school, "factors") as factors:
        assert factor["secret"] not in str(await factors.find({}).to_list())
    await expire(school, "factors", user_id={"$exists": True}, confirmed_at=None)
    assert (await confirm(person, factor, code=code(factor["secret"]))).code == "not_found"


async def test_s18_a_code_counts_once_at_sign_in(school: School, ada: Holder):
    """The same code, and the one of the step before a newer one, are refused; the session shows both factors."""
    newer = code(ada.secret, 1)
    opened = await ada.verify(code=newer)
    assert opened.status == 200
    assert (claims(opened.data["accessToken"])["amr"], claims(opened.data["accessToken"])["acr"]) == (
        ["pwd", "otp", "mfa"],
        "2",
    )
    for used in (newer, code(ada.secret)):
        assert (await ada.verify(code=used)).code == "code_invalid"
    assert {"session.factor_asked", "session.opened", "factor.refused"} <= set(await audited(school, ada.person))


async def test_s18_a_code_counts_once_at_step_up(school: School, ada: Holder):
    """A code of the sign-in does not step up, and one of the step-up does neither sign in nor step up again."""
    now, newer = code(ada.secret), code(ada.secret, 1)
    assert (await ada.verify(code=now)).status == 200
    assert (await ada.step_up(code=now)).code == "code_invalid"
    stepped = await ada.step_up(code=newer)
    assert stepped.status == 200
    assert claims(stepped.data["accessToken"])["sid"] != claims(ada.person.token)["sid"]
    await ended(ada.person)
    ada.person = Person(school.http, school.url, stepped.data)
    for used in (newer, now):
        assert (await ada.step_up(code=used)).code == "code_invalid"
        assert (await ada.verify(code=used)).code == "code_invalid"


@pytest.mark.parametrize("same_sign_in", [True, False])
async def test_s18_of_two_uses_at_once_one_wins(school: School, ada: Holder, same_sign_in):
    """At two instances, in one sign-in or in two."""
    first = await ada.token()
    tokens = [first, first if same_sign_in else await ada.token()]
    shown = {"factorId": ada.factor_id, "code": code(ada.secret, 1)}
    urls = (school.url, school.other_url)
    replies = await asyncio.gather(
        *(
            post(school, "/auth/mfa/verify", {"mfaToken": one, **shown}, url)
            for one, url in zip(tokens, urls, strict=True)
        )
    )
    assert {reply.code for reply in replies if reply.status != 200} <= {"code_invalid", "mfa_expired"}
    assert [reply.status for reply in replies].count(200) == 1


async def test_s18_of_two_step_ups_at_once_one_wins(school: School, ada: Holder):
    """The other finds the session replaced, or the code used."""
    shown = {"factorId": ada.factor_id, "code": code(ada.secret, 1)}
    both = (ada.person, ada.person.at(school.other_url))
    replies = await asyncio.gather(*(one.post("/api/v1/auth/step-up", shown, **elsewhere()) for one in both))
    assert [reply.status for reply in replies].count(200) == 1
    assert {reply.code for reply in replies if reply.status != 200} <= {"code_invalid", "session_ended"}


async def test_the_token_of_a_pending_sign_in_opens_nothing_else(school: School, ada: Holder):
    """No guarded route, no stream of events, no socket, no refresh; on an open route it counts as no token."""
    token = await ada.token()
    bearer = {"Authorization": f"Bearer {token}"}
    for route in (route for route in ROUTES if route.requires is not Gate.OPEN):
        path = re.sub(r"\{\w+\}", "0" * 24, route.paths[0])
        assert (await call(school.http, route.method, school.url + path, None, bearer)).status == 401, path
    check = await call(school.http, "GET", f"{school.url}/api/v1/auth/check", None, bearer)
    assert check.data["authenticated"] is False
    with pytest.raises(socketio.exceptions.ConnectionError):
        async with ada.person.live(token=token):
            pass
    assert (await post(school, "/auth/refresh", {"refreshToken": token})).code == "session_ended"
    assert (await post(school, "/auth/step-up", {"code": "123456"}, **bearer)).status == 401


async def test_a_pending_sign_in_ends(school: School, ada: Holder):
    """After it was finished, after five minutes, and for whoever made the token up."""
    token = await ada.token()
    shown = {"factorId": ada.factor_id, "code": code(ada.secret, 1)}
    assert (await post(school, "/auth/mfa/verify", {"mfaToken": token, **shown})).status == 200
    await forget_steps(ada)
    late = await ada.token()
    await expire(school, "pending_logins", ended_at=None)
    for over in (token, late, token[:-1] + ("A" if token[-1] != "A" else "B"), "mfa_x"):
        reply = await post(school, "/auth/mfa/verify", {"mfaToken": over, **shown})
        assert (reply.status, reply.code) == (401, "mfa_expired")
        ask = await post(school, "/auth/mfa/challenge", {"mfaToken": over, "factorId": ada.factor_id})
        assert ask.code == "mfa_expired"


async def test_five_wrong_codes_are_enough_for_five_minutes(school: School, ada: Holder):
    """Wherever they come from; the right one then waits as well, and ten tries end the sign-in."""
    token = await ada.token()

    async def verify(said: str) -> str:
        body = {"mfaToken": token, "factorId": ada.factor_id, "code": said}
        reply = await post(school, "/auth/mfa/verify", body)
        assert ("Retry-After" in reply.headers) == (reply.status == 429)
        return reply.code

    assert [await verify("000000") for _ in range(5)] == ["code_invalid"] * 5
    assert [await verify(code(ada.secret, 1)) for _ in range(5)] == ["too_many_attempts"] * 5
    assert await verify(code(ada.secret, 1)) == "mfa_expired"
    assert (await ada.step_up(code=code(ada.secret, 1))).code == "too_many_attempts"


async def test_a_wrong_clock_is_told_to_whoever_knows_the_password(school: School, ada: Holder):
    """At a step-up without the password it is just a wrong code."""
    ahead = code(ada.secret, 8)
    assert (await ada.verify(code=ahead)).code == "clock_skewed"
    assert (await ada.step_up(code=ahead)).code == "code_invalid"
    assert (await ada.step_up(code=ahead, password=PASSWORD)).code == "clock_skewed"
    assert (await ada.step_up(code=code(ada.secret, 1), password="wrong")).code == "invalid_credentials"


async def test_a_recovery_code_counts_once(school: School):
    """Typed in whatever way; of two at once one wins; the owner is told; new ones void the old."""
    ada = await with_app(school)
    first, second, third = ada.recovery[0], ada.recovery[1], ada.recovery[9]
    opened = await ada.verify(recoveryCode=f" {first.lower()} ")
    assert claims(opened.data["accessToken"])["amr"] == ["pwd", "recovery", "mfa"]
    assert (await ada.verify(recoveryCode=first)).code == "code_invalid"
    twice = await asyncio.gather(*(ada.verify(recoveryCode=second) for _ in range(2)))
    assert sorted(reply.status for reply in twice) == [200, 400]
    assert (await ada.person.get("/api/v1/auth/mfa")).data["recoveryCodesLeft"] == 8
    await mailed(school, ada.person, "A recovery code of your account was used.")

    renewed = (await ada.person.post("/api/v1/auth/mfa/recovery-codes")).data["recoveryCodes"]
    assert (await ada.verify(recoveryCode=third)).code == "code_invalid"
    assert (await ada.verify(recoveryCode=renewed[9])).status == 200
    assert (await ada.step_up(recoveryCode=renewed[8])).status == 200


async def test_a_change_of_factors_ends_every_other_session(school: School):
    """The session that made it goes on, and shows the factor from the next refresh on."""
    person, email = await stranger(school)
    other = (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data
    elsewhere_in = Person(school.http, school.other_url, other)
    factor = await enrolled(person, "totp")
    assert (await elsewhere_in.get("/api/v1/users/me")).status == 200
    assert (await confirm(person, factor, code=code(factor["secret"]))).status == 200
    await ended(elsewhere_in)
    await mailed(school, person, "A second factor was added")

    fresh = await post(school, "/auth/refresh", {"refreshToken": person.refresh_token})
    assert claims(fresh.data["accessToken"])["amr"] == ["pwd", "otp", "mfa"]
    gone = await person.post("/api/v1/auth/mfa/disable", {"factorId": factor["factorId"]})
    assert gone.data == {"done": True}
    assert (await person.get("/api/v1/auth/mfa")).data == {"enabled": False, "factors": [], "recoveryCodesLeft": 0}
    assert (await post(school, "/auth/signin", {"email": email, "password": PASSWORD})).data["mfaRequired"] is False


async def test_a_sign_in_that_waits_for_a_factor_ends_with_the_password_it_began_with(school: School):
    """Whoever knew the old one begins anew, although the factor is right."""
    ada = await with_app(school)
    waiting, body = await ada.token(), {"currentPassword": PASSWORD, "newPassword": "another quiet battery"}
    assert (await ada.person.post("/api/v1/auth/change-password", body)).status == 200
    shown = {"mfaToken": waiting, "factorId": ada.factor_id, "code": code(ada.secret, 1)}
    assert (await post(school, "/auth/mfa/verify", shown)).code == "mfa_expired"


async def test_without_a_factor_the_password_steps_up(school: School):
    """The session goes on under a new id."""
    person, _ = await stranger(school)
    assert (await person.post("/api/v1/auth/step-up", {})).code == "invalid_credentials"
    wrong = await person.post("/api/v1/auth/step-up", {"password": "wrong"}, **elsewhere())
    assert wrong.code == "invalid_credentials"
    stepped = await person.post("/api/v1/auth/step-up", {"password": PASSWORD}, **elsewhere())
    before, after = claims(person.token), claims(stepped.data["accessToken"])
    assert (before["sid"] != after["sid"], after["amr"], after["acr"]) == (True, ["pwd"], "1")
    await ended(person)
    assert (await Person(school.http, school.url, stepped.data).get("/api/v1/users/me")).data["id"] == person.id


async def test_an_administrator_takes_lost_factors_away_but_not_their_own(school: School):
    """Every session of the owner ends, and the password alone opens the next."""
    ada = await with_app(school)
    path = f"/api/v1/users/{ada.person.id}/factors/reset"
    assert (await ada.person.post(path)).status == 403
    assert (await school.admin.post(path)).data == {"done": True, "waitsFor": None}
    assert (await school.admin.post(f"/api/v1/users/{school.admin.id}/factors/reset")).code == "forbidden"
    assert (await ada.begin()).data["mfaRequired"] is False
    assert (await post(school, "/auth/refresh", {"refreshToken": ada.person.refresh_token})).code == "session_ended"
    assert "user.factors_reset" in await audited(school, ada.person)
    await mailed(school, ada.person, "A second factor was removed")


async def test_the_factors_of_an_administrator_take_two_others(school: School):
    """One who asks twice is one; each reset takes two anew, and each asking is told and recorded."""
    (ada, first), second = await two_administrators(school), await promoted(school, "admin")
    path = f"/api/v1/users/{ada.person.id}/factors/reset"
    for asker in (first, first):
        reply = await asker.post(path)
        assert (reply.status, reply.data) == (202, {"done": False, "waitsFor": "another administrator"})
    assert (await ada.begin()).data["mfaRequired"] is True
    await mailed(school, ada.person, "another one has a day to agree")
    assert (await second.post(path)).data == {"done": True, "waitsFor": None}
    assert (await ada.begin()).data["mfaRequired"] is False
    assert (await second.post(path)).status == 202
    told = [action for action in await audited(school, ada.person) if action.startswith("user.factors_reset")]
    assert told == [*["user.factors_reset_asked"] * 2, "user.factors_reset", "user.factors_reset_asked"]


async def two_administrators(school: School) -> tuple[Holder, Person]:
    """One with an authenticator app, and another."""
    ada = await with_app(school)
    assert (await school.admin.put(f"/api/v1/users/{ada.person.id}/role", {"role": "admin"})).status == 200
    return ada, await promoted(school, "admin")


async def test_replies_with_secrets_are_kept_for_no_retry(school: School):
    """The same Idempotency-Key makes another secret, and finishes no sign-in twice."""
    person, _ = await stranger(school)
    secrets = [
        (await person.post("/api/v1/auth/mfa/enroll", {"kind": "totp"}, Idempotency_Key="again")).data["secret"]
        for _ in range(2)
    ]
    assert secrets[0] != secrets[1]


async def test_a_browser_finishes_with_cookies(school: School, ada: Holder):
    """No refresh token stands in the body; cookies come with the second half, not with the first."""
    browser = {"Sec_Fetch_Site": "same-origin"}
    begun = await post(school, "/auth/signin", {"email": ada.email, "password": PASSWORD}, **browser)
    assert "Set-Cookie" not in begun.headers
    shown = {"mfaToken": begun.data["mfaToken"], "factorId": ada.factor_id, "code": code(ada.secret, 1)}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        headers = {"Sec-Fetch-Site": "same-origin"}
        done = await call(http, "POST", f"{school.url}/api/v1/auth/mfa/verify", shown, headers)
        assert (done.status, done.data["refreshToken"]) == (200, None)
        assert (await call(http, "GET", f"{school.url}/api/v1/users/me", None, headers)).status == 200
