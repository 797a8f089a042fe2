"""Messages between people, in real browsers on a real school."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.window import DESKTOP, PHONE, Window, email_of, window
from tests.harness.people import PASSWORD, Person
from tests.harness.school import School


@pytest.fixture
async def pair(school: School) -> tuple[Person, Person]:
    """An instructor and a student of hers."""
    hers = await school.person("instructor", firstName="Ada", lastName="Lovelace")
    his = await school.person(firstName="Noa", lastName="Ito")
    await school.course(hers, his, title="Optics")
    return hers, his


async def write(sender: Person, receiver: Person, content: str) -> str:
    """Write to somebody; returns the thread of the two."""
    reply = await sender.post("/api/v1/messages", {"to": [receiver.id], "content": content})
    assert reply.status == 201, reply.body
    return reply.data["threadId"]


async def at_thread(opened: Window, person: Person, thread: str) -> None:
    await opened.sign_in(await email_of(person))
    await opened.open(f"/messages/{thread}")
    await expect(opened.page.get_by_label("Write a message", exact=True)).to_be_visible()


def said(opened: Window) -> Locator:
    """The messages of the conversation that is open."""
    return opened.page.get_by_role("region", name="Messages:").locator(".bubble")


async def test_two_people_talk_and_see_each_other_do_it(browser: Browser, school: School, pair):
    """Typing, a message, its change and its deletion are seen in the other window, at the other instance."""
    hers, his = pair
    thread = await write(his, hers, "May I ask something?")
    async with window(browser, school.url) as ada, window(browser, school.other_url) as noa:
        await at_thread(ada, hers, thread)
        await at_thread(noa, his, thread)
        await ada.page.get_by_label("Write a message", exact=True).press_sequentially("Of corse")
        await expect(noa.page.get_by_text("Ada Lovelace is typing…")).to_be_visible(timeout=10_000)
        await ada.page.keyboard.press("Enter")
        await expect(said(noa)).to_have_text(["May I ask something?", "Of corse"], timeout=10_000)
        await expect(noa.page.get_by_text("is typing…")).to_have_count(0)
        await ada.page.get_by_role("button", name="Edit: Of corse").press("Enter")
        await ada.page.get_by_label("Change the message").fill("Of course")
        await ada.page.keyboard.press("Enter")
        await expect(said(noa)).to_have_text(["May I ask something?", "Of course"], timeout=10_000)
        await ada.page.get_by_role("button", name="Delete: Of course").press("Enter")
        await ada.press("Yes, delete")
        await expect(said(noa).last).to_have_text("This message was deleted.", timeout=10_000)


async def test_what_waits_is_counted_until_it_is_read(browser: Browser, school: School, pair):
    """Two windows of one person count a message as it comes; opening it in one empties both."""
    hers, his = pair
    async with window(browser, school.url) as here, window(browser, school.other_url) as there:
        for opened in (here, there):
            await opened.sign_in(await email_of(his))
        await write(hers, his, "See you tomorrow.")
        for opened in (here, there):
            link = opened.page.get_by_role("link", name="Messages, 1 unread", exact=True)
            await expect(link).to_be_visible(timeout=10_000)
        await here.page.get_by_role("link", name="Messages, 1 unread", exact=True).click()
        await here.page.get_by_role("link", name="Ada Lovelace").click()
        await expect(said(here)).to_have_text(["See you tomorrow."])
        for opened in (here, there):
            await expect(opened.page.get_by_role("link", name="Messages", exact=True)).to_be_visible(timeout=10_000)


async def test_a_message_that_does_not_get_through_waits_for_another_try(browser: Browser, school: School, pair):
    """Offline it says so at the message; tried again it is there once, and others see it once."""
    hers, his = pair
    thread = await write(hers, his, "Hello")
    async with window(browser, school.url) as noa:
        await at_thread(noa, his, thread)
        await noa.page.context.set_offline(True)
        await noa.page.get_by_label("Write a message", exact=True).fill("Hello, too")
        await noa.page.keyboard.press("Enter")
        await expect(said(noa)).to_have_text(["Hello", "Hello, too"])
        await expect(noa.page.get_by_role("button", name="Try again")).to_be_visible(timeout=20_000)
        await noa.page.context.set_offline(False)
        await noa.press("Try again")
        await expect(noa.page.get_by_role("button", name="Edit: Hello, too")).to_be_attached(timeout=20_000)
        await noa.state("Live")
        await expect(said(noa)).to_have_text(["Hello", "Hello, too"])
    kept = (await hers.get(f"/api/v1/threads/{thread}/messages")).data
    assert [one["content"] for one in kept] == ["Hello", "Hello, too"]


async def test_a_conversation_is_begun_with_people_found_by_name(browser: Browser, school: School, pair):
    """By keyboard: look for somebody, choose them, write; the conversation opens."""
    hers, his = pair
    async with window(browser, school.url) as noa:
        await noa.sign_in(await email_of(his))
        await noa.open("/messages/new")
        await noa.page.get_by_label("Find people").press_sequentially("lovel")
        await noa.page.get_by_role("button", name="Add Ada Lovelace").press("Enter")
        await noa.fill("Message", "Where do we meet?")
        await noa.page.get_by_role("button", name="Send").press("Enter")
        await noa.heading("Ada Lovelace")
        await expect(said(noa)).to_have_text(["Where do we meet?"])
    assert (await hers.get("/api/v1/messages/unread")).data == {"unread": 1}


@pytest.mark.parametrize(
    ("scheme", "viewport", "language"),
    [("dark", PHONE, "fr-FR"), ("light", DESKTOP, "en-GB")],
    ids=["phone", "desktop"],
)
async def test_the_inbox_is_accessible(
    browser: Browser, school: School, pair, tmp_path: Path, language: str, scheme: Any, viewport: Any
):
    """axe finds nothing in the list, a conversation and a new message, and nothing sticks out of the page."""
    hers, his = pair
    thread = await write(his, hers, "May I ask something?")
    await write(hers, his, "Of course. " * 20)
    look = {"viewport": viewport, "locale": language, "color_scheme": scheme, "reduced_motion": "reduce"}
    async with window(browser, school.url, **look) as noa:
        await noa.open("/sign-in")
        await noa.enter(await email_of(his), PASSWORD)
        for path, name in (("", "list"), (f"/{thread}", "thread"), ("/new", "new")):
            await noa.open(f"/messages{path}")
            await noa.looks_right(tmp_path / f"{name}.png")
