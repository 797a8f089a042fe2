"""A real browser: the system's Chromium, never a downloaded one. CHROMIUM names another."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

NEEDLESS = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess"),
    *("HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable", "MediaRouter", "OptimizationHints", "LensOverlay"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
)
"""The first three are pages of the browser's own, for each window anew: half of what the windows cost. The others are
those that playwright turns off, whose list this one replaces.
"""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(NEEDLESS)}",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """One worker has the browser, which costs as much to start as a test or two."""
    item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert executable, "the tests of the pages need Chromium: install it, or set CHROMIUM"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*FLAGS])
        yield browser
        await browser.close()
