"""Codes of authenticator apps (RFC 6238): SHA-1, six digits, 30 s."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final

import pyotp
import segno

ISSUER: Final = "Coursewire"
SECRET_LENGTH: Final = 32
"""Characters of base32: 20 bytes (RFC 4226, R6)."""

STEP_S: Final = 30
WINDOW: Final = 1
DRIFT: Final = 20
"""How many steps a clock may be wrong for its owner to be told so."""


@dataclass(frozen=True, slots=True)
class Match:
    """The step that a code belongs to; `is_near` when the code counts."""

    step: int
    is_near: bool


def new_secret() -> str:
    return pyotp.random_base32(SECRET_LENGTH)


def uri_of(secret: str, account: str) -> str:
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def qr_svg(uri: str) -> str:
    """The address as a picture to put into a page; it names its namespace, so that it can also stand alone."""
    picture = BytesIO()
    segno.make(uri, error="m").save(picture, kind="svg", scale=4, xmldecl=False, svgns=True, nl=False)
    return picture.getvalue().decode()


def match(secret: str, code: str, at: datetime, *, after: int) -> Match | None:
    """The step behind `after` that the code belongs to, the nearest to `at` first; none for a wrong or a used code."""
    app, present = pyotp.TOTP(secret), int(at.timestamp()) // STEP_S
    for distance in sorted(range(-DRIFT, DRIFT + 1), key=abs):
        step = present + distance
        if step > after and hmac.compare_digest(app.generate_otp(step), code):
            return Match(step, abs(distance) <= WINDOW)
    return None
