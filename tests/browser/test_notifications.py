"""The bell, the list of notifications and their settings, in real browsers on a real school."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.window import DESKTOP, PHONE, Window, email_of, window
from tests.harness.people import PASSWORD, Person
from tests.harness.school import School, announce

SETTINGS = "/account/notifications"


@pytest.fixture
async def classroom(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student, title="Optics")


def bell(opened: Window, name: str) -> Locator:
    return opened.page.get_by_role("button", name=name, exact=True)


async def test_the_bell_counts_on_all_devices_and_is_emptied_on_one(browser: Browser, school: School, classroom):
    """Two windows at two instances count a post as it comes; opened in one, it is read in both."""
    instructor, student, course = classroom
    async with window(browser, school.url) as here, window(browser, school.other_url) as there:
        for opened in (here, there):
            await opened.sign_in(await email_of(student))
        await announce(instructor, course, "Room change", notify=True)
        for opened in (here, there):
            await expect(bell(opened, "Notifications, 1 unread")).to_be_visible(timeout=20_000)
        await bell(here, "Notifications, 1 unread").press("Enter")
        await here.page.get_by_role("link", name="New in Optics: Room change").press("Enter")
        await here.heading("Optics")
        for opened in (here, there):
            await expect(bell(opened, "Notifications")).to_be_visible(timeout=20_000)


async def test_the_panel_is_left_by_the_keyboard(browser: Browser, school: School):
    """Escape closes it and the focus is on the bell; Tab out of it closes it as well."""
    async with window(browser, school.url) as hers:
        await hers.sign_in(await email_of(await school.person()))
        panel = hers.page.get_by_role("region", name="Notifications")
        await bell(hers, "Notifications").press("Enter")
        await expect(panel.get_by_text("Nothing yet.")).to_be_visible()
        await hers.page.keyboard.press("Escape")
        await expect(panel).to_have_count(0)
        await expect(bell(hers, "Notifications")).to_be_focused()
        await hers.page.keyboard.press("Enter")
        await panel.get_by_role("link", name="Notification settings").focus()
        await hers.page.keyboard.press("Tab")
        await expect(panel).to_have_count(0)


async def test_the_list_says_why_and_grows_as_things_come(browser: Browser, school: School, classroom):
    """A post that comes stands on top, says why it was told, and is read where that is wished."""
    instructor, student, course = classroom
    async with window(browser, school.url) as his:
        await his.sign_in(await email_of(student))
        await his.open("/notifications")
        await expect(his.page.get_by_text("Nothing yet.")).to_be_visible()
        for title in ("First", "Second"):
            await announce(instructor, course, title, notify=True)
        rows = his.page.get_by_role("main").get_by_role("listitem").filter(has_text="New in Optics")
        await expect(rows).to_have_count(2, timeout=20_000)
        newest = rows.filter(has_text="Second")
        await newest.get_by_role("button", name="Why did I get this?").click()
        await expect(newest.get_by_text("You are in this course.")).to_be_visible()
        await newest.get_by_role("button", name="Mark as read").click()
        await expect(his.page.get_by_text("One unread", exact=True)).to_be_visible(timeout=20_000)


async def test_settings_are_kept(browser: Browser, school: School, classroom):
    """A way, quiet hours and a muted course are still chosen after a reload; what is locked cannot be chosen."""
    _, student, course = classroom
    async with window(browser, school.url) as his:
        await his.sign_in(await email_of(student))
        await his.open(SETTINGS)
        await his.page.get_by_label("Announcements: E-mail").select_option("At once")
        await his.page.get_by_label("Leave me in peace every day").check()
        await his.fill("From", "21:30")
        await his.page.get_by_label("Optics").check()
        await his.press("Save")
        await expect(his.page.get_by_text("Saved.")).to_be_visible()
        await his.page.reload()
        await expect(his.page.get_by_label("Announcements: E-mail")).to_have_value("immediate")
        await expect(his.page.get_by_label("From", exact=True)).to_have_value("21:30")
        await expect(his.page.get_by_label("Optics")).to_be_checked()
        await expect(his.page.get_by_label("Account security: E-mail")).to_have_count(0)
    kept = (await student.get("/api/v1/notifications/preferences")).data
    assert (kept["quietHours"], kept["mutedCourses"]) == ({"from": "21:30", "until": "07:00"}, [course])


async def test_settings_that_changed_elsewhere_are_not_overwritten(browser: Browser, school: School, classroom):
    """Saving over another device's change is refused and says so; loaded anew it shows that change."""
    _, student, _ = classroom
    async with window(browser, school.url) as his:
        await his.sign_in(await email_of(student))
        await his.open(SETTINGS)
        hours = {"quietHours": {"from": "20:00", "until": "06:00"}}
        assert (await student.call("PUT", "/api/v1/notifications/preferences", hours)).status == 200
        await his.page.get_by_label("Announcements: E-mail").select_option("Never")
        await his.press("Save")
        await expect(his.page.get_by_role("alert").first).to_contain_text("changed elsewhere")
        await his.press("Load the latest settings")
        await expect(his.page.get_by_label("From", exact=True)).to_have_value("20:00")


@pytest.mark.parametrize(
    ("scheme", "viewport", "language"),
    [("light", PHONE, "fr-FR"), ("dark", DESKTOP, "en-GB")],
    ids=["phone", "desktop"],
)
async def test_notifications_are_accessible(
    browser: Browser, school: School, classroom, tmp_path: Path, language: str, scheme: Any, viewport: Any
):
    """axe finds nothing in the open panel, the list and the settings, and nothing sticks out of the page."""
    instructor, student, course = classroom
    await announce(instructor, course, "Room change", notify=True)
    look = {"viewport": viewport, "locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    async with window(browser, school.url, **look) as his:
        await his.open("/sign-in")
        await his.enter(await email_of(student), PASSWORD)
        await expect(his.page.locator(".bell .badge")).to_be_visible(timeout=20_000)
        await his.page.locator(".bell > button").click()
        await expect(his.page.locator(".panel .notice-item")).to_have_count(1)
        await his.looks_right(tmp_path / "panel.png")
        for path, name in (("/notifications", "list"), (SETTINGS, "settings")):
            await his.open(path)
            await his.looks_right(tmp_path / f"{name}.png")
