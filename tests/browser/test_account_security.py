"""What keeps an account its owner's, in a real browser on a real school."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
from bson import ObjectId
from playwright.async_api import Browser, expect
from pymongo import AsyncMongoClient

from tests.browser.window import PHONE, Window, email_of, window
from tests.harness.people import PASSWORD, Person
from tests.harness.school import School

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def code_of(secret: str, steps: int = 0) -> str:
    """What the app shows now, or some half minutes later: a code counts once, and the next one counts already."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * steps)


async def with_app(person: Person) -> list[str]:
    """Give someone an authenticator app; returns the recovery codes."""
    begun = (await person.post("/api/v1/auth/mfa/enroll", {"kind": "totp"})).data
    proof = {"factorId": begun["factorId"], "code": code_of(begun["secret"])}
    return (await person.post("/api/v1/auth/mfa/confirm", proof)).data["recoveryCodes"]


async def at_account(opened: Window, person: Person, path: str = "/account") -> None:
    await opened.sign_in(await email_of(person))
    await opened.open(path)


async def grown_old(school: School, person: Person) -> None:
    """An hour goes by since this person has last proved who they are."""
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        families = client[school.place.database]["auth_sessions"]
        past = datetime.now(UTC) - timedelta(hours=1)
        await families.update_many({"user_id": ObjectId(person.id)}, {"$set": {"proved_at": past}})


async def begin_app(opened: Window) -> str:
    """Add an authenticator app as far as its code; returns the secret, as one would type it."""
    await opened.press("Add an authenticator app")
    await opened.fill("Name", "My phone")
    await opened.press("Continue")
    await expect(opened.page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    return (await opened.page.locator("code.secret").inner_text()).replace(" ", "")


async def test_an_app_is_enrolled_and_asked_for_at_the_next_sign_in(browser: Browser, school: School):
    """Secret, code, ten recovery codes; then the password alone opens nothing, and the app's next code does."""
    email = await email_of(await school.person())
    async with window(browser, school.url) as hers:
        await hers.sign_in(email)
        await hers.open("/account")
        secret = await begin_app(hers)
        await hers.fill("Code from the app", code_of(secret))
        await hers.press("Confirm")
        codes = hers.page.get_by_role("dialog", name="Recovery codes").get_by_role("listitem")
        await expect(codes).to_have_count(10)
        await hers.press("I have kept them")
        await expect(hers.page.get_by_role("heading", name="My phone")).to_be_visible()
        await hers.leave()
        await hers.give(email)
        await hers.heading("Second step")
        await expect(hers.page.get_by_role("button", name="Sign out")).to_have_count(0)
        await hers.fill("Code from the app", "000000")
        await hers.press("Confirm")
        await expect(hers.page.get_by_role("alert").first).to_be_visible()
        await hers.fill("Code from the app", code_of(secret, 1))
        await hers.press("Confirm")
        await hers.state("Live")


async def test_a_recovery_code_stands_in_for_a_lost_phone(browser: Browser, school: School, tmp_path: Path):
    """It opens the account, and one fewer is left; axe finds nothing on the way."""
    person = await school.person()
    recovery_codes = await with_app(person)
    async with window(browser, school.url, viewport=PHONE, color_scheme="dark") as his:
        await his.open("/sign-in")
        await his.give(await email_of(person))
        await his.heading("Second step")
        await his.looks_right(tmp_path / "second.png")
        await his.page.get_by_label("Recovery code").check()
        await his.page.get_by_role("textbox", name="Recovery code").fill(recovery_codes[3])
        await his.press("Confirm")
        await his.state("Live")
        await his.open("/account")
        await expect(his.page.get_by_text("9 recovery codes are left.")).to_be_visible()


async def test_a_passkey_opens_the_account_by_itself(browser: Browser, school: School):
    """Made on the security page, used on the sign-in page without a password."""
    person = await school.person()
    async with window(browser, school.url.replace("127.0.0.1", "localhost")) as hers:
        devtools = await hers.page.context.new_cdp_session(hers.page)
        await devtools.send("WebAuthn.enable")
        await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await at_account(hers, person)
        await hers.press("Add a passkey")
        await hers.fill("Name", "This laptop")
        await hers.press("Continue")
        await hers.press("I have kept them")
        await expect(hers.page.get_by_role("heading", name="This laptop")).to_be_visible()
        await hers.leave()
        await hers.press("Sign in with a passkey")
        await hers.state("Live")


async def test_s26_another_device_that_is_signed_out_leaves_at_once(browser: Browser, school: School):
    """The page that was open there, at another instance, goes to the sign-in page within seconds, and says why."""
    person = await school.person()
    async with window(browser, school.url) as ours, window(browser, school.other_url, user_agent=LAPTOP) as theirs:
        await at_account(theirs, person, "/account/profile")
        await at_account(ours, person)
        other = ours.page.get_by_role("listitem").filter(has_text="Firefox")
        await other.get_by_role("button", name="Sign out").click()
        await other.get_by_role("button", name="Yes, sign out").click()
        await expect(theirs.page.get_by_role("heading", level=1)).to_have_text("Sign in", timeout=2_000)
        await expect(theirs.page.get_by_role("alert").first).to_have_text(
            "You were signed out here from another device."
        )
        await expect(ours.page.get_by_text("Signed out: Firefox")).to_be_visible()
        await ours.state("Live")


LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_what_matters_asks_again_who_is_there(browser: Browser, school: School):
    """An hour after the sign-in: declined, nothing is done; with the password it is, and the session goes on."""
    person = await school.person()
    async with window(browser, school.url) as ours:
        await ours.sign_in(await email_of(person))
        await grown_old(school, person)
        await ours.page.reload()
        await ours.open("/account")
        await ours.press("Add an authenticator app")
        await ours.press("Continue")
        await expect(ours.page.get_by_role("dialog", name="Is it still you?")).to_be_visible()
        await ours.page.keyboard.press("Escape")
        await expect(ours.page.get_by_text("You did not confirm who you are")).to_be_visible()
        await ours.press("Continue")
        await ours.fill("Password", PASSWORD)
        await ours.page.keyboard.press("Enter")
        await expect(ours.page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
        await ours.state("Live")


async def test_a_name_is_looked_up_while_it_is_typed(browser: Browser, school: School):
    """Taken or free is said at once; what is saved is there after a reload."""
    await school.person(username="grace.taken")
    person = await school.person()
    async with window(browser, school.url) as hers:
        await at_account(hers, person, "/account/profile")
        name = hers.page.get_by_role("textbox", name="Username")
        await name.fill("Grace.Taken")
        await expect(hers.page.get_by_text("Grace.Taken is taken.")).to_be_visible()
        free = f"grace.{person.id[-8:]}"
        await name.fill(free)
        await expect(hers.page.get_by_text(f"{free} is free.")).to_be_visible()
        await hers.page.get_by_role("form", name="Who you are").get_by_role("button", name="Save").click()
        await expect(hers.page.get_by_text("Saved.")).to_be_visible()
        await hers.page.reload()
        await expect(name).to_have_value(free)


async def test_a_key_is_shown_once(browser: Browser, school: School):
    """It is there when it is made, and never again."""
    person = await school.person()
    async with window(browser, school.url) as hers:
        await at_account(hers, person, "/account/keys")
        await hers.fill("What it is for", "Timetable")
        await hers.page.get_by_role("checkbox", name="course.read", exact=True).check()
        await hers.press("Make the key")
        await expect(hers.page.get_by_role("dialog", name="Timetable").locator("code")).to_contain_text("ck_")
        await hers.press("I have kept it")
        await expect(hers.page.get_by_role("listitem").filter(has_text="Timetable")).to_contain_text("never used")
        await expect(hers.page.get_by_text("ck_")).to_have_count(0)


async def test_the_pages_of_ones_own_account_are_accessible(browser: Browser, school: School, tmp_path: Path):
    """axe finds nothing, and nothing sticks out, with a dialog open as well; on a phone, in the dark, in French."""
    person = await school.person()
    look = {"viewport": PHONE, "locale": "fr-FR", "color_scheme": "dark", "reduced_motion": "reduce"}
    async with window(browser, school.url, **look) as ours:
        await ours.open("/sign-in")
        await ours.enter(await email_of(person), PASSWORD)
        for path, landmark in (("/account/keys", "course.read"), ("/account/profile", "Préférences")):
            await ours.open(path)
            await expect(ours.page.get_by_text(landmark, exact=True)).to_be_visible()
            await ours.looks_right(tmp_path / f"{path.rpartition('/')[2]}.png")
        await ours.open("/account")
        await expect(ours.page.get_by_text("cet appareil", exact=True)).to_be_visible()
        await ours.looks_right(tmp_path / "security.png")
        await ours.press("Ajouter une application d’authentification")
        await ours.press("Continuer")
        await expect(ours.page.get_by_role("img")).to_be_visible()
        await ours.looks_right(tmp_path / "enroll.png")
