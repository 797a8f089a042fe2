"""Whose pages may open a socket, and when a cookie counts there."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from handlers.credentials import CookiePolicy
from realtime.handshake import Doorkeeper, Handshake, is_own_page, origin_allowed
from services.client_address import TrustedProxies
from services.errors import OriginNotAllowed

OWN = "https://school.example"
FOREIGN = [
    *("", "null", "*", "https://evil.example", "https://school.example.evil.example", "https://evil-school.example"),
    *("https://www.school.example", "https://school.example:444", "https://school.example@evil.example"),
    *("https://evil.example@school.example", "//school.example", "school.example", "https://", "https://[school"),
    *("https://school.example/", "https://school.example?", "https://school.example evil", "file://school.example"),
    *("https://school.example:x", f"{OWN} https://evil.example", "https://school.example:443:443"),
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_foreign_origins(origin):
    """A page of anybody else, and what only looks like ours, may not connect, and its cookie counts for nothing."""
    headers = {"Origin": origin}
    assert not origin_allowed(headers, "school.example", frozenset({"https://friend.example"}))
    assert not is_own_page(headers, "school.example", over_https=False)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (OWN, "school.example"),
        ("http://school.example", "school.example"),
        (OWN, "school.example:443"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        (OWN, "SCHOOL.example"),
    ],
)
def test_own_origin(origin, host):
    """Our own pages may connect, also through a proxy that ends TLS: the Host header decides, not the scheme."""
    assert origin_allowed({"Origin": origin}, host, frozenset())
    assert is_own_page({"Origin": origin}, host, over_https=False)


def test_who_is_no_browser_may_connect_without_cookie():
    """No Origin, no page: a program brings a token, and a cookie that it may hold proves nothing."""
    assert origin_allowed({}, "school.example", frozenset())
    assert not is_own_page({}, "school.example", over_https=False)


def test_listed_origins():
    """A listed origin may connect, exactly as listed; its pages are still not ours, so cookies stay out."""
    allowed = frozenset({"https://app.example"})
    assert origin_allowed({"Origin": "https://app.example"}, "school.example", allowed)
    assert not is_own_page({"Origin": "https://app.example"}, "school.example", over_https=False)
    for origin in ("http://app.example", "https://app.example:8443", "https://app.example.evil.example"):
        assert not origin_allowed({"Origin": origin}, "school.example", allowed)


@pytest.mark.parametrize("no_host", ["", " ", "a/b", "@"])
def test_without_a_host_nothing_is_ours(no_host):
    assert not origin_allowed({"Origin": OWN}, no_host, frozenset())


def test_cookies_over_https_need_https():
    """Where cookies are for https, a page of plain http (which anybody on the way may write) gets none."""
    assert not is_own_page({"Origin": "http://school.example"}, "school.example", over_https=True)
    assert is_own_page({"Origin": OWN}, "school.example", over_https=True)
    assert not is_own_page({"Origin": OWN, "Sec-Fetch-Site": "same-site"}, "school.example", over_https=True)


def greet(*more: tuple[str, str]) -> Handshake:
    cookies = CookiePolicy("__Host-at", "__Host-rt", "__Host-device", secure=True)
    headers = CIMultiDict([("Host", "school.example"), ("Cookie", "__Host-at=a; __Host-rt=r"), *more])
    keeper = Doorkeeper(frozenset(), TrustedProxies(["10.0.0.0/8"]), cookies)
    return keeper.greet(make_mocked_request("GET", "/socket.io/", headers=headers).clone(remote="192.0.2.1"))


def test_greeting():
    """Of the request is kept what counts later: the cookies only of our own page."""
    french = ("Accept-Language", "fr-FR,en")
    assert greet(("Origin", OWN), french) == Handshake("192.0.2.1", "fr", "a", "r")
    assert greet(french) == Handshake("192.0.2.1", "fr")
    assert greet() == Handshake("192.0.2.1", "en")


@pytest.mark.parametrize("origins", [["null"], ["https://evil.example"], [OWN, "https://evil.example"], [OWN, OWN]])
def test_refused_before_the_upgrade(origins):
    """One foreign Origin, or two of any kind, and there is no answer but the refusal."""
    with pytest.raises(OriginNotAllowed):
        greet(*(("Origin", origin) for origin in origins))
