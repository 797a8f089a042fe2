"""The table of kinds and its texts: whatever can be told can be said, in both languages."""

from __future__ import annotations

from itertools import product

import pytest

from models.notifications import Notification
from schemas.deliveries import DeliveryState
from schemas.notifications import Cadence, Category, Channel, NotificationKind, Reason
from schemas.types import Locale
from services.notifications.kinds import DEFAULTS, LOCKED, NOTIFICATION_KINDS, SPEC_OF_KIND, cadence
from services.notifications.reasons import NOT_WANTED, NOTHING, OFF, TOLD
from services.notifications.wording import worded
from services.texts import say


@pytest.mark.parametrize("language", Locale)
@pytest.mark.parametrize("kind", NotificationKind)
def test_every_kind_can_be_said(kind: NotificationKind, language: Locale):
    """It has a row and two texts, and these name facts of the row alone."""
    facts = {name: f"<{name}>" for name in SPEC_OF_KIND[kind].facts}
    title, text = worded(Notification.model_construct(kind=kind, facts=facts), language, "UTC")
    assert title
    assert text
    assert "{" not in title + text


@pytest.mark.parametrize(
    ("place", "english", "french"),
    [
        ("direct", "Ada wrote to you", "Ada vous a écrit"),
        ("group", "Ada wrote in a group", "Ada a écrit dans un groupe"),
        ("titled", "Ada wrote in direct", "Ada a écrit dans direct"),
        ("course_question", "Ada wrote in a question: direct", "Ada a écrit dans une question : direct"),
        (None, "Ada wrote to you", "Ada vous a écrit"),
    ],
)
def test_a_message_is_told_by_where_it_was_written(place: str | None, english: str, french: str):
    """Whatever people call their groups; one told before the place was known, by that it was written to them."""
    facts = {"sender": "Ada", "thread": "direct", "preview": "x", **({"place": place} if place else {})}
    told = Notification.model_construct(kind=NotificationKind.MESSAGE_RECEIVED, facts=facts)
    assert [worded(told, language, "UTC")[0] for language in (Locale.ENGLISH, Locale.FRENCH)] == [english, french]


@pytest.mark.parametrize("language", Locale)
def test_every_reason_and_every_state_can_be_said(language: Locale):
    """What the answer to why is made of."""
    ways = (TOLD, OFF, NOTHING, *DeliveryState, *NOT_WANTED)
    ids = [*(f"reason-{one}" for one in Reason), *(f"way-{one}" for one in ways)]
    assert all(say(language, text_id.replace("_", "-")) for text_id in ids)


def test_every_cell_has_a_default_and_what_is_locked_arrives():
    """Nothing is undecided, and nothing that cannot be chosen otherwise is off."""
    assert all(DEFAULTS[channel][category] for channel, category in product(Channel, Category))
    assert all(cadence(None, *cell) is not Cadence.NEVER for cell in LOCKED)
    assert len(SPEC_OF_KIND) == len(NOTIFICATION_KINDS) == len(NotificationKind)


@pytest.mark.parametrize("fact", ["2026-03-02T17:30:00Z", "2026-03-02T18:30:00.000+01:00"], ids=["utc", "offset"])
def test_an_instant_is_said_in_the_readers_zone(fact: str):
    """However it is written; anything else is said as it is."""
    told = Notification.model_construct(kind=NotificationKind.DEADLINE_NEAR, facts={"title": "2026", "due": fact})
    title, text = worded(told, Locale.ENGLISH, "Africa/Lagos")
    assert title == "Due soon: 2026"
    assert "March 2, 2026" in text
    assert "6:30" in text
