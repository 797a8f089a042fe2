"""What a User-Agent says of a device, and what a device is known by."""

import pytest

from services.accounts.desk import Device
from services.accounts.devices import DEVICE_ID, is_same_family, looks_of, mark_of

MOZILLA = "Mozilla/5.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15"


@pytest.mark.parametrize(
    ("user_agent", "name", "kind"),
    [
        (f"{MOZILLA} (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0", "Firefox · Linux", "computer"),
        (f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome · Windows", "computer"),
        (f"{MOZILLA} (Windows NT 10.0) {CHROME} Safari/537.36 Edg/124.0", "Edge · Windows", "computer"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36 OPR/110", "Opera · macOS", "computer"),
        (f"{MOZILLA} (Macintosh; Intel Mac OS X 14_4) Version/17.4 Safari/605.1.15", "Safari · macOS", "computer"),
        (f"{MOZILLA} (X11; CrOS x86_64 14541) {CHROME} Safari/537.36", "Chrome · ChromeOS", "computer"),
        (f"{IPHONE} Version/17.4 Mobile/15E148 Safari/604.1", "Safari · iOS", "phone"),
        (f"{IPHONE} CriOS/124.0 Mobile/15E148 Safari/604.1", "Chrome · iOS", "phone"),
        (f"{MOZILLA} (iPad; CPU OS 17_4 like Mac OS X) Version/17.4 Safari/604.1", "Safari · iPadOS", "tablet"),
        (f"{MOZILLA} (Linux; Android 14; Pixel 8) {CHROME} Mobile Safari/537.36", "Chrome · Android", "phone"),
        (f"{MOZILLA} (Linux; Android 14; SM-X900) SamsungBrowser/24 {CHROME}", "Samsung Internet · Android", "tablet"),
        ("curl/8.5.0", "curl", "program"),
        ("Python/3.11 aiohttp/3.14.5", "Python", "program"),
        ("node", "node", "program"),
        ("\x00<script>", "?", "program"),
        ("", "?", "program"),
        (MOZILLA, "?", "computer"),
    ],
)
def test_devices_are_named(user_agent, name, kind):
    """Browser, system and kind as people call them; what is not known is not made up."""
    looks = looks_of(user_agent)
    assert (looks.name, looks.kind) == (name, kind)


def test_an_update_is_no_other_browser():
    """Versions change by themselves; another browser or another system does not."""
    old, new = (f"{MOZILLA} (X11; Linux x86_64) Firefox/{version}" for version in (124, 125))
    assert is_same_family(old, new)
    assert not is_same_family(new, f"{MOZILLA} (X11; Linux x86_64) {CHROME} Safari/537.36")
    assert not is_same_family(new, f"{MOZILLA} (Windows NT 10.0) Firefox/125")


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "with space in the middle", "néanmoins-une-chaîne", "a;b=c0123456789"]
)
def test_an_id_of_a_device_is_plain(given):
    """Whatever could break a cookie or be guessed is no id."""
    assert DEVICE_ID.fullmatch(given) is None


def test_a_device_is_known_by_its_id_alone():
    """With an id neither network nor browser counts; without one both do."""
    moved = [mark_of(Device(agent, ip, "0123456789abcdef")) for agent, ip in (("a", "192.0.2.0/24"), ("b", ""))]
    assert moved[0] == moved[1]
    nameless = [mark_of(Device("curl/8", ip)) for ip in ("192.0.2.0/24", "198.51.100.0/24")]
    assert len({*nameless, *moved}) == 3
