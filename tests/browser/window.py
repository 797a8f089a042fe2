"""A browser window as a person uses it: by the names of things, never by their place in the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, WebSocketRoute, expect

from tests.harness.people import PASSWORD, Person

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Window:
    """One window with its own cookies; it keeps what the console complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    async def open(self, path: str = "/") -> None:
        """Go there, and wait until nothing on the page moves any more for what is still loading."""
        await self.page.goto(f"{self.url}/app/#{path}")
        await expect(self.page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        await expect(self.page.locator(".loading")).to_have_count(0)

    async def sign_in(self, email: str, password: str = PASSWORD, state: str = "Live") -> None:
        await self.open("/sign-in")
        await self.enter(email, password)
        await self.state(state)

    async def enter(self, email: str, password: str) -> None:
        """Sign in on the page for it, whatever its language."""
        await self.give(email, password)
        await expect(self.page.locator(".connection:is(.live, .sse)")).to_be_visible(timeout=20_000)

    async def give(self, email: str, password: str = PASSWORD) -> None:
        """Fill in the page that signs in, and send it."""
        await self.page.locator("#email").fill(email)
        await self.page.locator("#password").fill(password)
        await self.page.keyboard.press("Enter")

    async def heading(self, text: str) -> None:
        """The page has this heading of the first level, and no other."""
        await expect(self.page.get_by_role("main").get_by_role("heading", level=1)).to_have_text(text, timeout=10_000)

    async def leave(self) -> None:
        await self.page.locator(".bar nav button").last.click()
        await expect(self.page.locator("#email")).to_be_visible()

    async def find(self, title: str) -> None:
        """Search the catalogue, in which other tests may have put many courses before this one."""
        await self.page.get_by_role("searchbox").fill(title)

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_label(label, exact=True).fill(text)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def post(self, title: str, content: str) -> None:
        await self.fill("Title", title)
        await self.fill("Message", content)
        await self.press("Post")

    async def state(self, text: str) -> None:
        await expect(self.page.locator(".connection")).to_have_text(f"Connection: {text}", timeout=20_000)

    async def shows(self, title: str, *, times: int = 1) -> None:
        found = self.page.get_by_role("article").get_by_role("heading", name=title, exact=True)
        await expect(found).to_have_count(times, timeout=10_000)

    async def looks_right(self, picture: Path) -> None:
        """No finding of axe, no sideways scrolling; the picture is for people to look at."""
        await self.page.screenshot(path=picture, full_page=True)
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate("rules => axe.run({runOnly: rules})", AXE_RULES)
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def email_of(person: Person) -> str:
    """The address that somebody signs in with."""
    return (await person.get("/api/v1/users/me")).data["email"]


@asynccontextmanager
async def window(browser: Browser, url: str, *, sockets: bool = True, **context: Any) -> AsyncIterator[Window]:
    """A new window; without `sockets` every WebSocket is cut before it opens."""
    opened = await browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **context})
    try:
        page = await opened.new_page()
        if not sockets:
            await page.route_web_socket("**/*", _cut)
        made = Window(page, url)
        yield made
        assert made.complaints == [], made.complaints
    finally:
        await opened.close()


async def _cut(socket: WebSocketRoute) -> None:
    await socket.close()
