"""Who calls: addresses cut short, and the proof that a cookie needs."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from handlers.call import SetCookie
from handlers.credentials import CookiePolicy, ip_prefix, is_same_origin


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        (None, ""),
        ("", ""),
        ("192.0.2.77", "192.0.2.0/24"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
    ],
)
def test_ip_prefix(address, prefix):
    """The network that a caller comes from, never the caller's own address."""
    assert ip_prefix(address) == prefix


OWN = "http://school.example"


@pytest.mark.parametrize(
    ("headers", "is_ours"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": OWN}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": OWN}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": ""}, False),
        ({"Origin": OWN}, True),
        ({}, False),
        ({"Origin": ""}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://school.example"}, False),
        ({"Origin": "http://school.example:81"}, False),
        ({"Origin": "http://school.example.evil.example"}, False),
        ({"Origin": "http://evil-school.example"}, False),
        ({"Origin": "http://www.school.example"}, False),
        ({"Origin": "http://school.example@evil.example"}, False),
        ({"Origin": "//school.example"}, False),
        ({"Origin": "school.example"}, False),
        ({"Origin": f"{OWN} https://evil.example"}, False),
        ({"Origin": "http://[school.example"}, False),
        ({"Referer": f"{OWN}/page"}, False),
    ],
    ids=str,
)
def test_same_origin(headers, is_ours):
    """Only the browser's own word counts: Fetch Metadata where it speaks, else an Origin that is exactly ours."""
    request = make_mocked_request("POST", "/x", headers={"Host": "school.example", **headers})
    assert is_same_origin(request) is is_ours


@pytest.mark.parametrize(("kind", "name"), [("access", "__Host-at"), ("refresh", "__Host-rt")])
def test_cookies_are_out_of_reach(kind, name):
    """Neither scripts nor other sites nor plain http get at a credential."""
    response = web.Response()
    CookiePolicy("__Host-at", "__Host-rt", secure=True).set(response, SetCookie(kind, "v", 60))

    cookie = response.cookies[name]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie.value, cookie["path"], cookie["domain"], cookie["max-age"]) == ("v", "/", "", "60")
