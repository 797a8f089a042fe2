"""Codes of authenticator apps: the vectors of RFC 6238, the window, and what was used."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pyotp
import pytest

from services.accounts import totp

SECRET = base64.b32encode(b"12345678901234567890").decode()
AT = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


def code(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]
)
def test_the_vectors_of_the_rfc_are_met(seconds, expected):
    """The last six digits of RFC 6238, appendix B, SHA-1."""
    found = totp.match(SECRET, expected, datetime.fromtimestamp(seconds, UTC), after=0)
    assert found == totp.Match(seconds // 30, is_near=True)


@pytest.mark.parametrize(
    ("distance", "is_near"), [(-1, True), (0, True), (1, True), (-2, False), (2, False), (20, False)]
)
def test_the_neighbouring_steps_count(distance, is_near):
    """Those further away only tell that a clock is wrong."""
    assert totp.match(SECRET, code(STEP + distance), AT, after=0) == totp.Match(STEP + distance, is_near)


@pytest.mark.parametrize("distance", [21, -21, 2880])
def test_a_code_of_another_time_is_a_wrong_one(distance):
    assert totp.match(SECRET, code(STEP + distance), AT, after=0) is None


def test_s18_nothing_at_or_below_the_last_step_counts():
    """Not the code itself, and not one before it; the next one does."""
    assert totp.match(SECRET, code(STEP), AT, after=STEP) is None
    assert totp.match(SECRET, code(STEP - 1), AT, after=STEP) is None
    assert totp.match(SECRET, code(STEP + 1), AT, after=STEP) == totp.Match(STEP + 1, is_near=True)


def test_secrets_are_twenty_random_bytes():
    """Each another one, with an address and a picture for apps."""
    secret = totp.new_secret()
    assert (len(base64.b32decode(secret)), secret == totp.new_secret()) == (20, False)
    assert totp.uri_of(secret, "ada@school.example").startswith(
        "otpauth://totp/Coursewire:ada%40school.example?secret="
    )
    assert "<path" in totp.qr_svg(totp.uri_of(secret, "ada@school.example"))
