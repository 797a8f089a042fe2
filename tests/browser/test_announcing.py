"""Writing announcements, in real browsers on a real school."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.async_api import Browser, expect

from tests.browser.window import PHONE, email_of, window
from tests.harness.rights import promoted
from tests.harness.school import School

PARIS = "Europe/Paris"


async def test_a_scheduled_announcement_appears_by_itself(browser: Browser, school: School, tmp_path: Path):
    """At the author's wall time it leaves the plans and stands in the student's window, which nobody touched."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student, title="Harmonics")
    async with window(browser, school.url, timezone_id=PARIS) as hers, window(browser, school.other_url) as his:
        for one, person in ((hers, instructor), (his, student)):
            await one.sign_in(await email_of(person))
            await one.open(f"/courses/{course}")
        await hers.fill("Title", "Concert")
        await hers.fill("Message", "We play tonight.")
        await hers.page.get_by_label("When").select_option("Post it later")
        at = datetime.now(ZoneInfo(PARIS)) + timedelta(seconds=6)
        await hers.fill("Post at", f"{at:%Y-%m-%dT%H:%M:%S}")
        await expect(hers.page.get_by_text(f"({PARIS})").first).to_be_visible()
        await hers.press("Schedule")
        await expect(hers.page.get_by_text("Scheduled", exact=True)).to_be_visible()
        await his.shows("Concert", times=0)
        await his.shows("Concert")
        await hers.shows("Concert")
        await expect(hers.page.get_by_text("Scheduled", exact=True)).to_have_count(0)
        await expect(hers.page.get_by_text("Seen by 1 of 1")).to_be_visible(timeout=15_000)
        await hers.looks_right(tmp_path / "composer.png")


async def test_the_office_tells_everyone(browser: Browser, school: School, tmp_path: Path):
    """A draft is previewed, kept and posted; it stands on everybody's start page, in French on a phone, too."""
    manager, student = await promoted(school, "manager"), await school.person()
    phone = {"viewport": PHONE, "locale": "fr-FR", "color_scheme": "dark", "timezone_id": "America/New_York"}
    async with window(browser, school.url) as office, window(browser, school.other_url, **phone) as his:
        await office.sign_in(await email_of(manager))
        await his.open("/sign-in")
        await his.enter(await email_of(student), "correct horse battery")
        await office.open("/school")
        await office.fill("Title", "Snow day")
        await office.fill("Message", "The school is closed tomorrow.")
        await office.press("Preview")
        await expect(office.page.get_by_role("region", name="As everyone will see it")).to_contain_text("Snow day")
        await office.page.get_by_label("When").select_option("Keep it as a draft")
        await office.press("Save draft")
        await expect(office.page.get_by_text("Draft", exact=True)).to_be_visible()
        await office.looks_right(tmp_path / "office.png")
        await his.shows("Snow day", times=0)
        await office.press("Post now")
        await his.shows("Snow day")
        await his.looks_right(tmp_path / "start.png")
        await his.page.get_by_role("link", name="Toutes les nouvelles de l’école").click()
        await his.shows("Snow day")
        await expect(his.page.get_by_role("form")).to_have_count(0)
        await his.looks_right(tmp_path / "school.png")
