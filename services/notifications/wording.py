"""A notification in words: the texts of its kind, with its facts in them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from fluent.runtime.types import fluent_date

from models.accounts import User
from models.notifications import Notification
from schemas.types import Locale
from services.texts import Fact, say

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


def language_of(user: User, asked: str | None) -> Locale:
    """The language that the client asks for, else the user's, else English."""
    return Locale(asked) if asked else user.locale or Locale.ENGLISH


def worded(notification: Notification, language: Locale, timezone: str) -> tuple[str, str]:
    """Title and text; a fact that is an instant is said as people say it, in this zone."""
    name = f"kind-{notification.kind.replace('_', '-')}"
    facts = {key: _said(value, timezone) for key, value in notification.facts.items()}
    return say(language, f"{name}-title", facts), say(language, f"{name}-text", facts)


def _said(fact: str, timezone: str) -> Fact:
    if _INSTANT.fullmatch(fact) is None:
        return fact
    return fluent_date(datetime.fromisoformat(fact), dateStyle="long", timeStyle="short", timeZone=timezone)
