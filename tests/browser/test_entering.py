"""Ways in that are none of every day: a forgotten password, too many guesses, an ended session."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.window import email_of, window
from tests.harness.people import Person, call
from tests.harness.school import School

NEW = "another horse battery"


async def mailed_token(school: School, person: Person) -> str:
    """The token of the newest mail to this person, as soon as the worker has sent it."""
    async with asyncio.timeout(10):
        while True:
            page = (await call(school.http, "GET", f"{school.url}/dev/mail", None, {})).body.decode()
            mine = [part for part in page.split("<article>") if person.id in part]
            if found := re.search(r"reset_[0-9a-f]{24}\.[\w-]+", " ".join(mine)):
                return found[0]
            await asyncio.sleep(0.1)


async def test_a_forgotten_password_is_replaced_by_mail(browser: Browser, school: School, tmp_path: Path):
    """Ask, follow the link of the mail, choose; the token leaves the address, and the new password opens."""
    person = await school.person()
    email = await email_of(person)
    async with window(browser, school.url) as hers:
        await hers.open("/forgot")
        await hers.fill("E-mail address", email)
        await hers.press("Send the mail")
        await expect(hers.page.get_by_text("a mail is on its way")).to_be_visible()
        await hers.open(f"/reset?token={await mailed_token(school, person)}")
        await hers.fill("New password", NEW)
        assert "token" not in hers.page.url
        await hers.looks_right(tmp_path / "reset.png")
        await hers.press("Save")
        await expect(hers.page.get_by_text("Your new password counts now.")).to_be_visible()
        await hers.sign_in(email, NEW)


async def test_too_many_guesses_count_down(browser: Browser, school: School):
    """After five wrong passwords the page says how long to wait, and the time runs."""
    email = await email_of(await school.person())
    async with window(browser, school.url) as his:
        await his.open("/sign-in")
        for _ in range(6):
            async with his.page.expect_response("**/auth/signin"):
                await his.give(email, "wrong password")
        timer = his.page.get_by_role("timer")
        await expect(timer).to_contain_text(re.compile(r"You can try again in \d+:\d\d\."))
        first = await timer.inner_text()
        await expect(timer).not_to_have_text(first, timeout=3_000)


async def test_who_is_suspended_leaves_at_once_and_hears_why(browser: Browser, school: School):
    """The page goes to the sign-in page, whatever was open."""
    person = await school.person()
    async with window(browser, school.other_url) as his:
        await his.sign_in(await email_of(person))
        await school.admin.post(f"/api/v1/users/{person.id}/suspend", {"reason": "Shared."})
        await his.heading("Sign in")
        await expect(his.page.get_by_role("alert").first).to_contain_text("This account is suspended.")
