"""Who is here, and the operator's page, in a real browser on a real school."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from server.seed import ADMIN, DEMO_PASSWORD
from tests.browser.window import DESKTOP, PHONE, Window, window
from tests.harness.people import PASSWORD, Person
from tests.harness.process import serve
from tests.harness.school import School

PAGE = "/admin/realtime"


@pytest.fixture(scope="module")
async def url(school: School) -> AsyncIterator[str]:
    """An instance at which people are gone sooner."""
    instance = await serve(school.place, PRESENCE_GRACE_S="1.5")
    yield instance.url
    await instance.stop()


@pytest.fixture
async def classroom(school: School) -> tuple[Person, Person, str]:
    instructor = await school.person("instructor", firstName="Ada", lastName="Lovelace")
    student = await school.person(firstName="Noa", lastName="Ito")
    return instructor, student, await school.course(instructor, student, title="Optics")


async def at_course(opened: Window, person: Person, course: str) -> None:
    await opened.sign_in((await person.get("/api/v1/users/me")).data["email"], PASSWORD)
    await opened.open(f"/courses/{course}")


async def operating(opened: Window) -> None:
    await opened.open("/sign-in")
    await opened.enter(ADMIN.email, DEMO_PASSWORD)
    await opened.open(PAGE)
    await expect(opened.page.get_by_role("img")).to_be_visible()


async def here(opened: Window, text: str, *names: str) -> None:
    """The line says so many, and the row names these."""
    room = opened.page.get_by_role("region", name=text, exact=True)
    await expect(room.get_by_role("listitem")).to_have_count(len(names), timeout=10_000)
    for name in names:
        await expect(room.get_by_text(name)).to_have_count(1)


async def test_a_course_shows_who_is_here(browser: Browser, url: str, classroom, tmp_path: Path):
    """Two windows see each other by name; who closes theirs is gone from the other."""
    instructor, student, course = classroom
    async with window(browser, url) as hers:
        await at_course(hers, instructor, course)
        await here(hers, "One person is here", "Ada Lovelace, instructor")
        async with window(browser, url) as his:
            await at_course(his, student, course)
            for opened in (hers, his):
                await here(opened, "2 people are here", "Ada Lovelace, instructor", "Noa Ito, student")
            await hers.looks_right(tmp_path / "here.png")
        await here(hers, "One person is here", "Ada Lovelace, instructor")


async def test_an_operator_sees_and_disconnects_who_is_connected(browser: Browser, url: str, classroom):
    """By keyboard: show who follows a room, ask to disconnect, confirm; the other window loses and regains the line."""
    _, student, course = classroom
    async with window(browser, url) as operator, window(browser, url) as his:
        await at_course(his, student, course)
        await here(his, "One person is here", "Noa Ito, student")
        await operating(operator)
        room = operator.page.get_by_role("row", name=f"collab/course:{course}")
        await room.get_by_role("button", name="Show").press("Enter", timeout=10_000)
        await room.get_by_role("button", name="Disconnect Noa Ito").press("Enter")
        async with his.page.expect_websocket():  # the client comes back by itself
            await expect(room.get_by_role("button", name="Yes, close")).to_be_focused()
            await operator.page.keyboard.press("Enter")
            await expect(room.get_by_text("Closed: Noa Ito")).to_be_visible()
        await his.state("Live")


async def test_what_is_seen_goes_on_and_says_when_it_does_not(browser: Browser, url: str):
    """The figures are refreshed; offline they stay and say from when they are; then they go on."""
    async with window(browser, url) as operator:
        await operating(operator)
        first = await operator.page.locator(".count").inner_text()
        await expect(operator.page.locator(".count")).not_to_have_text(first, timeout=8_000)
        await operator.page.context.set_offline(True)
        await expect(operator.page.get_by_text("Last seen at")).to_be_visible(timeout=20_000)
        await expect(operator.page.get_by_role("alert").first).to_contain_text("cannot be reached")
        await operator.page.context.set_offline(False)
        await expect(operator.page.get_by_text("refreshed every two seconds")).to_be_visible(timeout=20_000)


async def test_a_wrong_id_is_refused_and_a_right_one_confirmed(browser: Browser, url: str, school: School):
    """The form asks twice, tells what the server refuses, and says what was done."""
    student = await school.person()
    async with window(browser, url) as operator:
        await operating(operator)
        for identity, told in (("nobody", "Please check what is marked below."), (student.id, f"Closed: {student.id}")):
            await operator.fill("Its id", identity)
            await operator.press("Disconnect")
            await operator.press("Yes, close")
            await expect(operator.page.get_by_text(told)).to_be_visible()


async def test_others_are_turned_away(browser: Browser, url: str, school: School):
    """A student finds no link to the page, and nothing on it."""
    student = await school.person()
    async with window(browser, url) as his:
        await his.sign_in((await student.get("/api/v1/users/me")).data["email"])
        await expect(his.page.get_by_role("link", name="Live side")).to_have_count(0)
        await his.page.goto(f"{url}{PAGE}")
        await expect(his.page.get_by_role("alert")).to_have_text("You may not do this here.")
        await expect(his.page.get_by_role("table")).to_have_count(0)


@pytest.mark.parametrize(
    ("scheme", "viewport", "language"),
    [("light", PHONE, "fr-FR"), ("dark", DESKTOP, "en-GB")],
    ids=["phone", "desktop"],
)
async def test_the_page_is_accessible(
    browser: Browser, url: str, classroom, tmp_path: Path, language: str, scheme: Any, viewport: Any
):
    """axe finds nothing, with a list of people open, and nothing sticks out of the page."""
    instructor, _, course = classroom
    look = {"viewport": viewport, "locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    async with window(browser, url, **look) as operator, instructor.at(url).live("collab") as live:
        await live.watch(course)
        await operating(operator)
        row = operator.page.get_by_role("row", name=f"collab/course:{course}")
        await row.get_by_role("button").click(timeout=10_000)
        await expect(row.get_by_text("Ada Lovelace", exact=True)).to_be_visible()
        await operator.looks_right(tmp_path / "operations.png")
