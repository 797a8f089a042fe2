"""Who calls: addresses cut short, and the proof that a cookie needs."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from handlers.call import SetCookie
from handlers.credentials import CookiePolicy, is_same_origin

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
    CookiePolicy("__Host-at", "__Host-rt", "__Host-device", secure=True).set(response, SetCookie(kind, "v", 60))

    cookie = response.cookies[name]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie.value, cookie["path"], cookie["domain"], cookie["max-age"]) == ("v", "/", "", "60")


def test_the_cookie_of_a_device_comes_along_from_other_sites():
    """Signing in with another service leads back here from there; scripts do not see it either."""
    response = web.Response()
    CookiePolicy("__Host-at", "__Host-rt", "__Host-device", secure=True).set(response, SetCookie("device", "v", 60))
    cookie = response.cookies["__Host-device"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")


def test_the_cookie_of_a_visit_comes_back_from_another_site():
    """It is out of the reach of scripts like the others, and the only one that a foreign page's link brings along."""
    response = web.Response()
    CookiePolicy("__Host-at", "__Host-rt", "__Host-device", secure=True).set(response, SetCookie("visit", "v", 600))
    cookie = response.cookies["__Host-oidc"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")
