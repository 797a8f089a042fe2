"""The pages in a real browser, on a real school."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from server.seed import DEMO_PASSWORD, INSTRUCTOR, STUDENT
from tests.browser.window import DESKTOP, PHONE, Window, email_of, window
from tests.harness.people import PASSWORD, Person
from tests.harness.school import School, announce

COURSE = "/courses/{}"


async def at_course(opened: Window, person: Person, course: str, state: str = "Live") -> Window:
    await opened.sign_in(await email_of(person), PASSWORD, state=state)
    await opened.open(COURSE.format(course))
    await opened.state(state)
    return opened


@pytest.fixture
async def classroom(school: School) -> tuple[Person, Person, str]:
    instructor, student = await school.person("instructor"), await school.person()
    return instructor, student, await school.course(instructor, student, title="Optics")


async def test_a_post_shows_in_another_window_without_a_reload(browser: Browser, school: School, classroom):
    """The instructor posts, changes and withdraws at one instance; the student at the other sees each, once."""
    instructor, student, course = classroom
    async with window(browser, school.url) as hers, window(browser, school.other_url) as his:
        await at_course(hers, instructor, course)
        await at_course(his, student, course)
        await hers.post("Room change", "Tomorrow in room 12.")
        await his.shows("Room change")
        await hers.press("Edit")
        await hers.page.get_by_role("form", name="Edit “Room change”").get_by_label("Title").fill("Room 14")
        await hers.press("Save")
        await his.shows("Room 14")
        await hers.press("Withdraw")
        await hers.press("Yes, withdraw")
        await his.shows("Room 14", times=0)
        await expect(his.page.get_by_role("form", name="New announcement")).to_have_count(0)


async def test_s26_a_page_leaves_at_once_when_its_session_is_ended(browser: Browser, school: School, classroom):
    """Another device ends all others: within a second the page is at the sign-in, and shows nothing of the course."""
    _, student, course = classroom
    async with window(browser, school.other_url) as his:
        await at_course(his, student, course)
        assert (await student.delete("/api/v1/auth/sessions")).data == {"revoked": 1}
        await expect(his.page.locator("#email")).to_be_visible(timeout=1000)
        await expect(his.page.get_by_text("Optics")).to_have_count(0)
        assert his.page.url.endswith("#/sign-in")


async def test_a_post_shows_where_websockets_are_blocked(browser: Browser, school: School, classroom):
    """The connection falls back to server-sent events and says so; nothing posted meanwhile is lost."""
    instructor, student, course = classroom
    async with window(browser, school.url, sockets=False) as his:
        await at_course(his, student, course, state="Live, without WebSocket")
        await announce(instructor, course, "By another way")
        await his.shows("By another way")
        await announce(instructor, course, "And again")
        await his.shows("And again")
        await his.shows("By another way")


async def test_what_was_missed_offline_comes_once(browser: Browser, school: School, classroom):
    """Offline it says so; back again it catches up."""
    instructor, student, course = classroom
    async with window(browser, school.url) as his:
        await at_course(his, student, course)
        await announce(instructor, course, "Before")
        await his.shows("Before")
        await his.page.context.set_offline(True)
        await his.state("Offline")
        await announce(instructor, course, "Missed")
        await his.shows("Missed", times=0)
        await his.page.context.set_offline(False)
        await his.state("Live")
        await his.shows("Missed")
        await his.shows("Before")


async def test_a_new_student_finds_and_joins_a_course(browser: Browser, school: School):
    """By keyboard alone: sign up, search, join; after a reload the session is still there."""
    instructor = await school.person("instructor")
    await school.course(instructor, title="Marine biology")
    async with window(browser, school.url) as hers:
        await hers.open("/sign-up")
        for label, text in {"First name": "Noa", "Last name": "Ito", "E-mail address": "noa@school.example"}.items():
            await hers.fill(label, text)
        await hers.fill("Password", "a long password")
        await hers.page.keyboard.press("Enter")
        await hers.state("Live")
        await hers.fill("Search courses", "BIOLÓGY")
        await expect(hers.page.get_by_text("One course", exact=True)).to_be_visible()
        await hers.page.get_by_role("link", name="Marine biology").press("Enter")
        await hers.page.get_by_role("button", name="Join this course").press("Enter")
        await expect(hers.page.get_by_text("Nothing has been announced yet.")).to_be_visible()
        await hers.page.reload()
        await expect(hers.page.get_by_role("button", name="Leave this course")).to_be_visible()


async def test_the_keyboard_reaches_everything(browser: Browser, school: School):
    """The first stop skips to the content; a new page begins at its heading; every stop is visible."""
    async with window(browser, school.url) as ours:
        await ours.open("/")
        await ours.page.keyboard.press("Tab")
        await expect(ours.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await ours.page.keyboard.press("Enter")
        await expect(ours.page.get_by_role("main")).to_be_focused()
        await ours.find("Introduction to Python")
        await ours.page.get_by_role("link", name="Introduction to Python").press("Enter")
        await expect(ours.page.get_by_role("heading", name="Introduction to Python")).to_be_focused()
        await ours.page.get_by_role("link", name="Sign in", exact=True).press("Enter")
        await expect(ours.page.get_by_role("heading", name="Sign in")).to_be_focused()
        await ours.page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert await ours.page.evaluate(style) == "solid"


async def test_errors_are_told_in_the_language_chosen(browser: Browser, school: School, tmp_path: Path):
    """French texts, French refusals of the server, French complaints of fields; the choice is kept."""
    async with window(browser, school.url) as ours:
        await ours.open("/sign-in")
        await ours.press("Français")
        await ours.fill("Adresse électronique", "nobody@school.example")
        await ours.fill("Mot de passe", "wrong password")
        await ours.page.keyboard.press("Enter")
        await expect(ours.page.get_by_role("alert")).to_have_text("L’adresse ou le mot de passe est incorrect.")
        await ours.open("/sign-up")
        await ours.page.reload()
        await ours.page.get_by_role("button", name="Créer le compte").click()
        await expect(ours.page.get_by_text("Ce champ est nécessaire.").first).to_be_visible()
        await expect(ours.page.get_by_label("Prénom")).to_be_focused()
        await ours.looks_right(tmp_path / "errors.png")
        assert await ours.page.evaluate("document.documentElement.lang") == "fr"


@pytest.mark.parametrize(
    ("device", "viewport", "scheme", "language"),
    [("phone", PHONE, "dark", "fr-FR"), ("desktop", DESKTOP, "light", "en-GB")],
    ids=["phone", "desktop"],
)
async def test_every_page_is_accessible(
    browser: Browser, school: School, tmp_path: Path, language: str, scheme: Any, device: str, viewport: Any
):
    """axe finds nothing, and nothing sticks out of the page, in either language and colour scheme."""
    look = {"viewport": viewport, "locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    async with window(browser, school.url, **look) as ours:
        for path in ("/", "/sign-in", "/sign-up"):
            await ours.open(path)
            await ours.looks_right(tmp_path / f"{path.strip('/') or 'courses'}.png")
        for person, name in ((INSTRUCTOR, "teaching"), (STUDENT, "learning")):
            await ours.page.context.clear_cookies()
            await ours.open("/sign-in")
            await ours.enter(person.email, DEMO_PASSWORD)
            await ours.find("Introduction to Python")
            await ours.page.get_by_role("link", name="Introduction to Python").click()
            await expect(ours.page.get_by_role("article").first).to_be_visible()
            await ours.looks_right(tmp_path / f"{name}.png")
            await ours.leave()
