"""Notifications to browsers: only the browser can read them, and what is gone is forgotten."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import http_ece
import jwt
import pytest
from beanie import PydanticObjectId
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models.accounts import User
from models.push import PushSubscription
from schemas.deliveries import DeliveryState
from schemas.notifications import Cadence, Category, Channel, NotificationKind
from schemas.push import PushMessage, PushOutcome, PushTarget
from schemas.types import now
from server.app import Core
from server.outgoing import HttpOutgoing, Perimeter
from services.crypto import digest_of
from tests.harness.outside import (
    MailServer,
    OtherServer,
    Outside,
    Taken,
    choices,
    deliveries_of,
    loopback_allowed,
    other_server,
    outside,
    somebody,
    soon,
    told,
)
from workers.push import WebPusher

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


@dataclass
class Browser:
    """One browser with its keys."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes
    endpoint: str

    @property
    def target(self) -> PushTarget:
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        p256dh, auth = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (point, self.auth))
        return PushTarget(endpoint=self.endpoint, p256dh=p256dh, auth=auth)

    def read(self, taken: Taken) -> dict[str, str]:
        return json.loads(http_ece.decrypt(taken.body, private_key=self.private, auth_secret=self.auth))


@pytest.fixture(scope="module")
async def service() -> AsyncIterator[OtherServer]:
    async with other_server() as server:
        yield server


@pytest.fixture(scope="module")
async def post(core: Core) -> AsyncIterator[Outside]:
    async with loopback_allowed() as outgoing:
        yield outside(core, MailServer(), pusher=WebPusher(outgoing, core.keys.vapid, "mailto:a@school.example"))


async def browser_of(core: Core, user: User, service: OtherServer) -> Browser:
    name = PydanticObjectId()
    browser = Browser(ec.generate_private_key(ec.SECP256R1()), os.urandom(16), f"{service.url}/{name}")
    sealed = core.keys.ring.fields.seal(browser.target.model_dump_json(), "push_subscriptions", str(name), "target")
    mark = digest_of(browser.endpoint)
    await PushSubscription(
        id=name, created_at=now(), updated_at=now(), user_id=user.id, mark=mark, target_ct=sealed, device="A browser"
    ).insert()
    return browser


def by_push(user: User):
    return choices(user, cadences={one: {Channel.PUSH: Cadence.IMMEDIATE, Channel.EMAIL: "never"} for one in Category})


async def test_a_push_is_for_its_browser_alone(core: Core, post: Outside, service: OtherServer):
    """Encrypted for it, signed for its service, with what a locked screen may show."""
    user = await somebody(core)
    browser = await browser_of(core, user, service)
    await by_push(user).insert()
    one = told(user, by_push(user), NOON, kind=NotificationKind.DEADLINE_NEAR, link="/courses/1")
    await post.tell(NOON, one)
    await post.run_until(NOON, user)
    [taken] = [call for call in service.taken if call.path in browser.endpoint]
    said = browser.read(taken)
    assert (said["title"], said["link"]) == (f"Due soon: {one.notification.facts['title']}", "/courses/1")
    assert said["title"].encode() not in taken.body
    scheme, _, key = taken.headers["Authorization"].partition(" t=")[2].partition(", k=")
    public, long_ago = core.keys.vapid.private.public_key(), {"verify_exp": False}
    claims = jwt.decode(scheme, public, algorithms=["ES256"], audience=service.url, options=long_ago)
    assert (claims["sub"], key) == ("mailto:a@school.example", core.keys.vapid.public)
    assert 0 < claims["exp"] - NOON.timestamp() <= 24 * 3600
    names = ("TTL", "Urgency", "Content-Encoding")
    assert [taken.headers[name] for name in names] == ["14400", "high", "aes128gcm"]
    assert [row.state for row in await deliveries_of(user)] == [DeliveryState.SENT]


async def test_what_waited_is_one_push(core: Core, post: Outside, service: OtherServer):
    """Quiet hours end with one message that counts, not with three."""
    user = await somebody(core)
    browser = await browser_of(core, user, service)
    chosen = by_push(user).model_copy(update={"quiet_from": 11 * 60, "quiet_until": 13 * 60})
    await chosen.insert()
    await post.tell(NOON, *(told(user, chosen, soon(NOON, minutes)) for minutes in range(3)))
    await post.run_until(soon(NOON, 60), user)
    [taken] = [call for call in service.taken if call.path in browser.endpoint]
    assert browser.read(taken)["title"] == "3 messages"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(core: Core, post: Outside, service: OtherServer, status: int):
    """Its service says so; the delivery does not pretend to have arrived."""
    user = await somebody(core)
    await browser_of(core, user, service)
    await by_push(user).insert()
    service.status = status
    await post.tell(NOON, told(user, by_push(user), NOON))
    await post.run_until(NOON, user)
    service.status = 201
    assert await PushSubscription.find({"user_id": user.id}).count() == 0
    assert [(row.state, row.reason) for row in await deliveries_of(user)] == [(DeliveryState.DEAD, "gone")]


async def test_a_service_of_our_own_network_is_not_called(core: Core, service: OtherServer):
    """A browser names its service itself: an address of the inside gets nothing (SSRF)."""
    message = PushMessage(title="t", text="x", link="/", tag="t", language="en")
    browser = Browser(ec.generate_private_key(ec.SECP256R1()), os.urandom(16), f"{service.url}/inside")
    async with HttpOutgoing(Perimeter()) as outgoing:
        outcome = await WebPusher(outgoing, core.keys.vapid, "mailto:a@b.example").push(browser.target, message, now())
    assert outcome is PushOutcome.BUSY
    assert [call for call in service.taken if call.path == "/inside"] == []
