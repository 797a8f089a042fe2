"""Text messages of notifications: rare, short, and at most once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.unit import SentMail
from schemas.deliveries import DeliveryState
from schemas.mail import TextMessage
from schemas.notifications import Cadence, Category, Channel, NotificationKind
from server.app import Core
from services.unit import Unit
from tests.harness.outside import MailServer, choices, deliveries_of, outside, somebody, told
from workers.text_messages import GSM, StoringTexter, shortened
from workers.work import Tools

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BY_PHONE = {one: {Channel.SMS: Cadence.IMMEDIATE, Channel.EMAIL: Cadence.NEVER} for one in Category}


async def test_only_what_is_urgent_goes_to_a_verified_number(core: Core):
    """A message in a thread can wait; and a number without proof gets nothing."""
    post = outside(core, MailServer())
    user, unproved = await somebody(core, phone="+33612345678"), await somebody(core)
    chosen, theirs = choices(user, cadences=BY_PHONE), choices(unproved, cadences=BY_PHONE)
    await chosen.insert()
    urgent = {"kind": NotificationKind.DEADLINE_NEAR, "facts": {"title": "L’essai", "due": "demain"}}
    await post.tell(NOON, told(user, chosen, NOON, **urgent), told(user, chosen, NOON), told(unproved, theirs, NOON))
    await post.run_until(NOON, user, unproved)
    ended = [(one.state.value, one.reason) for one in await deliveries_of(user)]
    assert sorted(ended, key=str) == [("sent", None), ("suppressed", "not_urgent")]
    [text] = await SentMail.find({"to_user_id": user.id}).to_list()
    assert text.text == "Coursewire: Due soon: L'essai"
    assert [one.state for one in await deliveries_of(unproved)] == [DeliveryState.SUPPRESSED]


class Dying(StoringTexter):
    """The worker dies while the gateway is asked."""

    async def send(self, message: TextMessage, unit: Unit) -> None:
        raise ConnectionResetError


async def test_a_message_of_which_nobody_knows_is_not_sent_again(core: Core):
    """It was handed over, then the worker died: its state is unknown, and no job sends it."""
    post, user = outside(core, MailServer()), await somebody(core, phone="+33612345678")
    post.tools = Tools(core.keys.ring, post.tools.mailer, Dying())
    chosen = choices(user, cadences=BY_PHONE)
    await chosen.insert()
    await post.tell(NOON, told(user, chosen, NOON, kind=NotificationKind.DEADLINE_NEAR))
    with pytest.raises(ConnectionResetError):
        await post.run_until(NOON, user)
    assert [one.state for one in await deliveries_of(user)] == [DeliveryState.UNKNOWN]


@pytest.mark.parametrize(
    ("said", "length", "is_gsm"),
    [("é" * 200, 160, True), ("ê" * 200, 160, True), ("日" * 200, 70, False), ("a “b” – c…", 12, True)],
    ids=["french", "accents that gsm lacks", "chinese", "typography"],
)
def test_a_text_message_is_one_message(said, length, is_gsm):
    """160 letters of GSM, or 70 of another alphabet; typography becomes plain."""
    assert (len(shortened(said)), set(shortened(said)) <= GSM) == (length, is_gsm)
