"""The board of jobs, in a real browser on a real school."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from server.seed import ADMIN, DEMO_PASSWORD
from tests.browser.window import DESKTOP, PHONE, Window, window
from tests.harness.jobs import dead_job, put_job
from tests.harness.school import School


async def at_the_board(opened: Window) -> None:
    await opened.open("/sign-in")
    await opened.enter(ADMIN.email, DEMO_PASSWORD)
    await opened.open("/admin/jobs")


async def test_a_dead_job_is_seen_and_tried_again(browser: Browser, school: School):
    """With its reason and its tries; once it is tried again it is gone from the list by itself."""
    await dead_job(school.place, error="ConnectionError: the okapi does not answer")
    async with window(browser, school.url) as office:
        await at_the_board(office)
        await expect(office.page.get_by_role("region", name="Lanes").get_by_text("Mail", exact=True)).to_be_visible()
        await office.page.get_by_label("State").select_option("dead")
        row = office.page.get_by_role("row").filter(has_text="the okapi does not answer")
        await expect(row).to_contain_text("5 / 5")
        await row.get_by_role("button", name="Try again: Welcome mail").click()
        await expect(office.page.get_by_text("Welcome mail is tried again.")).to_be_visible()
        await expect(row).to_have_count(0, timeout=10_000)


async def test_the_board_is_accessible(browser: Browser, school: School, tmp_path: Path):
    """axe finds nothing, and nothing sticks out; on a desk by day in English, on a phone by night in French."""
    await dead_job(school.place)
    running = {"state": "leased", "lease_until": None, "progress": {"done": 3, "total": 8}}
    await put_job(school.place, "tomorrow.kind", **running)
    for look in ({"viewport": DESKTOP}, {"viewport": PHONE, "locale": "fr-FR", "color_scheme": "dark"}):
        async with window(browser, school.url, reduced_motion="reduce", **look) as office:
            await at_the_board(office)
            await expect(office.page.get_by_role("progressbar").first).to_be_visible()
            await office.looks_right(tmp_path / f"jobs-{look['viewport']['width']}.png")
