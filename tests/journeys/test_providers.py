"""Signing in through other services: who gets in, who does not, and what is linked to what."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from pymongo import AsyncMongoClient

from tests.harness.people import PASSWORD, Person, call
from tests.harness.provider import CLIENT_ID, Browser, Provider, Seen
from tests.harness.school import School

LINK = "/api/v1/auth/identities/link"


async def entered(school: School, provider: Provider, **bent: Any) -> tuple[Browser, Seen]:
    """A browser that went to the provider and came back."""
    browser = Browser(school)
    begun = await browser.start()
    assert begun.status == 302
    return browser, await browser.come_back(provider.approve(begun.location, **bent))


async def linked(school: School, provider: Provider, person: Person, **bent: Any) -> Seen:
    """A person who connects their account at the provider to the one here."""
    async with school.http.post(
        f"{school.url}{LINK}", json={"provider": "campus"}, headers={"Authorization": f"Bearer {person.token}"}
    ) as reply:
        data, cookies = (await reply.json())["data"], {name: one.value for name, one in reply.cookies.items()}
    return await Browser(school, cookies).come_back(provider.approve(data["url"], **bent))


async def test_the_services_are_listed(school: School):
    """By id and name, without anything else that was told of them."""
    reply = await call(school.http, "GET", f"{school.url}/api/v1/auth/providers", None, {})
    assert reply.data[0] == {"id": "campus", "name": "Campus"}


async def test_the_browser_is_sent_with_all_that_protects_the_answer(school: School):
    """Code flow, PKCE with S256, state and nonce; the cookie comes along from another site and to no script."""
    async with school.http.get(f"{school.url}/api/v1/auth/oidc/start?provider=campus", allow_redirects=False) as reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}
        cookie = reply.headers["Set-Cookie"]
    assert (asked["response_type"], asked["code_challenge_method"], asked["tenant"]) == ("code", "S256", "1")
    assert (asked["client_id"], asked["scope"]) == (CLIENT_ID, "openid email profile")
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert asked["redirect_uri"] == f"{school.url}/api/v1/auth/oidc/callback"
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("key", ["RS256", "ES256", "EdDSA"])
async def test_an_unknown_address_becomes_a_student(school: School, provider: Provider, key: str):
    """Signed in on the page that was asked for, by a verified address; the second time it is the same account."""
    browser = Browser(school)
    begun = await browser.start(**{"return": "/app/#/courses"})
    who = {"sub": f"new-{key}", "email": f"new-{key}@campus.example"}
    seen = await browser.come_back(provider.approve(begun.location, key=key, **who))
    me = await browser.me()
    assert (seen.status, seen.location) == (302, "/app/#/courses")
    assert (me["role"], me["email"], me["firstName"], me["lastName"]) == ("student", who["email"], "Grace", "Hopper")

    again, _ = await entered(school, provider, **{**who, "email": "moved@campus.example"})
    assert (await again.me())["id"] == me["id"]


@pytest.mark.parametrize(
    "bent",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"aud": []},
        {"aud": [CLIENT_ID, "another"]},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"azp": "another"},
        {"iss": "https://another.example"},
        {"exp": 1_600_000_000},
        {"iat": 4_102_444_800},
        {"sub": ""},
        {"sub": 7},
        {"without": ("nonce",)},
        {"without": ("exp",)},
        {"without": ("aud",)},
        {"key": "none"},
        {"key": "HS256"},
        {"key": "a stranger's"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_this_visit_opens_nothing(school: School, provider: Provider, bent: Any):
    """Wrong nonce, audience, party, issuer or time, no signature, or one of somebody else."""
    browser, seen = await entered(school, provider, email="bent@campus.example", **bent)
    assert (seen.status, seen.problem) == (302, "provider_refused")
    assert "at-0" not in browser.cookies


async def test_a_token_for_several_parties_counts_when_it_was_made_for_us(school: School, provider: Provider):
    """`azp` says for whom."""
    browser, _ = await entered(school, provider, email="azp@campus.example", aud=[CLIENT_ID, "api"], azp=CLIENT_ID)
    assert (await browser.me())["email"] == "azp@campus.example"


async def test_a_stolen_code_is_worth_nothing(school: School, provider: Provider):
    """The thief's own visit has another verifier, so the provider refuses the code."""
    owner, thief = Browser(school), Browser(school)
    stolen = provider.approve((await owner.start()).location, email="stolen@campus.example")
    own = provider.approve((await thief.start()).location, email="thief@campus.example")

    assert (await thief.come_back({**own, "code": stolen["code"]})).problem == "provider_refused"
    assert "at-0" not in thief.cookies


async def test_an_answer_counts_once_and_in_its_own_browser(school: School, provider: Provider):
    """A replayed state, that of another browser, an unknown one: nobody gets in, and the provider is not asked."""
    browser = Browser(school)
    answer = provider.approve((await browser.start()).location, email="once@campus.example")
    victim, calls = Browser(school), provider.calls
    await victim.start()
    assert (await victim.come_back(answer)).problem == "provider_visit_unknown"
    assert (await Browser(school).come_back(answer)).problem == "provider_visit_unknown"
    assert (await browser.come_back({**answer, "state": "A" * 43})).problem == "provider_visit_unknown"
    assert provider.calls == calls

    assert (await browser.come_back(answer)).problem is None
    assert (await browser.come_back(answer)).problem == "provider_visit_unknown"
    assert provider.calls == calls + 1


async def test_two_tabs_of_one_browser_can_sign_in(school: School, provider: Provider):
    """The second visit does not make the first one foreign."""
    browser = Browser(school)
    first, second = [(await browser.start()).location for _ in range(2)]
    for location in (first, second):
        answer = provider.approve(location, sub="tabs", email="tabs@campus.example")
        assert (await browser.come_back(answer)).problem is None


async def test_ten_answers_at_once_open_one_session_at_most(school: School, provider: Provider):
    """Whichever comes first counts; the code goes to the provider in vain after that."""
    browser = Browser(school)
    answer = provider.approve((await browser.start()).location, email="race@campus.example")
    copies = [Browser(school, dict(browser.cookies)) for _ in range(10)]
    await asyncio.gather(*(copy.come_back(answer) for copy in copies))
    assert sum("at-0" in copy.cookies for copy in copies) <= 1


@pytest.mark.parametrize("iss", ["https://another.example", "", None])
async def test_an_answer_of_another_provider_is_refused(school: School, provider: Provider, iss: str | None):
    """A provider that names itself in its answers must do so (mix-up)."""
    browser = Browser(school)
    answer = provider.approve((await browser.start()).location, email="mixed@campus.example")
    answer = {**answer, "iss": iss} if iss is not None else {"code": answer["code"], "state": answer["state"]}
    assert (await browser.come_back(answer)).problem == "provider_refused"


@pytest.mark.parametrize(
    "bent",
    [{"email_verified": False}, {"without": ("email_verified",)}, {"email_verified": 1}, {"email": "no address"}],
)
async def test_an_unverified_address_makes_no_account(school: School, provider: Provider, bent: Any):
    """Whoever only claims an address gets nothing by it."""
    browser, seen = await entered(school, provider, **{"email": "claimed@campus.example", **bent})
    assert seen.problem == "provider_email_unverified"
    assert "at-0" not in browser.cookies


async def test_an_address_that_only_userinfo_tells_counts(school: School, provider: Provider):
    """Some providers keep their ID tokens short."""
    browser, _ = await entered(school, provider, late_email="late@campus.example")
    assert (await browser.me())["email"] == "late@campus.example"


async def test_an_account_is_never_taken_over_by_its_address(school: School, provider: Provider):
    """Whoever has the address is sent to sign in; after that, linking is theirs, and the service opens the account."""
    owner = await school.person(email="Owner@campus.example")
    who = {"sub": "owner", "email": "owner@campus.example"}
    browser, seen = await entered(school, provider, **who)
    assert seen.location == "/app/#/sign-in?problem=sign_in_to_link&provider=campus"
    assert "at-0" not in browser.cookies

    assert (await linked(school, provider, owner, **who)).location == "/app/#/?linked=campus"
    browser, _ = await entered(school, provider, **who)
    assert (await browser.me())["id"] == owner.id
    assert [one["provider"] for one in (await owner.get("/api/v1/auth/identities")).data] == ["campus"]
    assert (await owner.get(f"/api/v1/users/{owner.id}/profile")).data["emailVerified"] is True


async def test_linking_needs_the_same_verified_address(school: School, provider: Provider):
    """Nobody is talked into connecting somebody else's account; what is connected elsewhere stays there."""
    owner, other = await school.person(email="linker@campus.example"), await school.person()
    wrong = await linked(school, provider, owner, sub="l", email="someone@campus.example")
    unverified = await linked(school, provider, owner, sub="l", email="linker@campus.example", email_verified=False)
    assert (wrong.problem, unverified.problem) == ("identity_of_another", "provider_email_unverified")

    who = {"sub": "linker", "email": "linker@campus.example"}
    for _ in range(2):
        assert (await linked(school, provider, owner, **who)).problem is None
    assert (await linked(school, provider, other, **who)).problem == "identity_taken"
    assert (await other.get("/api/v1/auth/identities")).data == []


async def test_linking_ends_with_the_session_that_began_it(school: School, provider: Provider):
    """Signed out meanwhile, nothing is connected."""
    owner = await school.person(email="gone@campus.example")
    reply = await owner.post(LINK, {"provider": "campus"})
    cookies = {name: one.partition(";")[0].partition("=")[2] for name, one in [("oidc-0", reply.headers["Set-Cookie"])]}
    await owner.post("/api/v1/auth/logout", {"refreshToken": owner.refresh_token})
    answer = provider.approve(reply.data["url"], email="gone@campus.example")
    assert (await Browser(school, cookies).come_back(answer)).problem == "session_ended"


async def test_unlinking_leaves_a_way_in(school: School, provider: Provider):
    """An own identity goes; another's is not there; the last way into an account stays."""
    owner = await school.person(email="unlinker@campus.example")
    await linked(school, provider, owner, sub="unlinker", email="unlinker@campus.example")
    path = f"/api/v1/auth/identities/{(await owner.get('/api/v1/auth/identities')).data[0]['id']}"
    assert (await (await school.person()).delete(path)).status == 404
    assert (await owner.delete(path)).status == 200
    assert (await owner.delete(path)).status == 404
    _, seen = await entered(school, provider, sub="unlinker", email="unlinker@campus.example")
    assert seen.problem == "sign_in_to_link"

    browser, _ = await entered(school, provider, sub="only", email="only@campus.example")
    session = {"user": {"id": ""}, "accessToken": browser.cookies["at-0"], "refreshToken": ""}
    only = Person(school.http, school.url, session)
    identity = (await only.get("/api/v1/auth/identities")).data[0]["id"]
    assert (await only.delete(f"/api/v1/auth/identities/{identity}")).code == "last_way_in"


async def test_a_suspended_account_stays_closed(school: School, provider: Provider):
    """However its owner signs in."""
    browser, _ = await entered(school, provider, sub="bad", email="bad@campus.example")
    await school.admin.post(f"/api/v1/users/{(await browser.me())['id']}/suspend", {})
    browser, seen = await entered(school, provider, sub="bad", email="bad@campus.example")
    assert seen.problem == "account_suspended"
    assert "at-0" not in browser.cookies


@pytest.mark.parametrize("provider_id", ["gone", "liar"])
async def test_a_provider_that_is_down_is_said_clearly(school: School, provider_id: str):
    """A browser comes to our own page, a program gets 503 and may come again; so with one that lies about itself."""
    seen = await Browser(school).start(provider_id)
    assert seen.location == f"/app/#/sign-in?problem=provider_unavailable&provider={provider_id}"
    program = await Browser(school, headers={}).start(provider_id)
    assert (program.status, program.body["code"], program.body["retryable"]) == (503, "provider_unavailable", True)


async def test_saying_no_at_the_provider_leads_back(school: School, provider: Provider):
    """The browser is on our page again, with a reason."""
    browser = Browser(school)
    state = parse_qs(urlsplit((await browser.start()).location).query)["state"][0]
    seen = await browser.come_back({"state": state, "error": "access_denied", "iss": provider.url, "extra": "1"})
    assert seen.problem == "provider_refused"


@pytest.mark.parametrize(
    "query",
    [
        {"provider": "campus", "return": "https://evil.example"},
        {"provider": "campus", "return": "//evil.example/app/"},
        {"provider": "campus", "return": "/app/\\evil.example"},
        {"provider": "campus", "return": "/app/\r\nSet-Cookie: a=b"},
        {"provider": "campus", "return": "javascript:alert(1)"},
        {"provider": "../x"},
        {},
        {"provider": "campus", "more": "1"},
    ],
    ids=str,
)
async def test_a_visit_leads_back_to_our_own_pages_only(school: School, query: dict[str, str]):
    """No open redirect, and nothing that could split a header."""
    assert (await Browser(school).get("/api/v1/auth/oidc/start", **query)).status == 400


async def test_an_unknown_service_is_not_found(school: School):
    """Nothing of ours is called for a name that nobody offers."""
    assert (await Browser(school, headers={}).start("nobody")).status == 404
    person = await school.person()
    assert (await person.post(LINK, {"provider": "nobody"})).code == "provider_unknown"


async def test_the_session_says_how_it_was_opened(school: School, provider: Provider):
    """By another service, which is one factor; and no password opens an account that has none."""
    browser, _ = await entered(school, provider, sub="like", email="like@campus.example")
    said = jwt.decode(browser.cookies["at-0"], options={"verify_signature": False})
    assert (said["amr"], said["acr"]) == (["oidc"], "1")
    draft = {"email": "like@campus.example", "password": PASSWORD}
    assert (
        await call(school.http, "POST", f"{school.url}/api/v1/auth/signin", draft, {})
    ).code == "invalid_credentials"


async def test_the_database_tells_nobodys_id_elsewhere(school: School, provider: Provider):
    """Neither ids at providers, nor anything with which a visit could be finished, stands there in the clear."""
    browser = Browser(school)
    location = (await browser.start()).location
    answer = provider.approve(location, sub="raw-subject", email="raw@campus.example")
    await browser.come_back(answer)
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        database = client[school.place.database]
        rows = [row for name in ("identities", "provider_flows") async for row in database[name].find()]
    assert rows
    secrets = ["raw-subject", "raw@campus", answer["state"], answer["code"], browser.cookies["oidc-0"]]
    assert [secret for secret in secrets if secret in str(rows)] == []
