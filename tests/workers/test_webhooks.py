"""Webhooks: every fact, signed so that its reader can tell, until it is taken or a day is over."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from beanie import PydanticObjectId

from models.delivery import StoredEvent
from models.unit import Job
from models.webhooks import Webhook, WebhookCursor, WebhookDelivery
from schemas.deliveries import DeliveryState
from schemas.events.announcements import AnnouncementPosted
from schemas.jobs import FollowArgs, WebhookArgs
from schemas.types import now
from server.app import Core
from server.outgoing import HttpOutgoing, Perimeter
from services.unit import Unit
from services.webhooks import new_secret
from tests.harness.outside import MailServer, OtherServer, Outside, Taken, loopback_allowed, other_server, outside
from workers.webhooks import PAUSES_S, follow, send
from workers.work import Work


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[OtherServer]:
    async with other_server() as server:
        yield server


@pytest.fixture
async def post(core: Core) -> AsyncIterator[Outside]:
    """Other tests' webhooks are out of the way."""
    await Webhook.get_pymongo_collection().delete_many({})
    await WebhookCursor.get_pymongo_collection().delete_many({})
    async with loopback_allowed() as outgoing:
        yield outside(core, MailServer(), outgoing=outgoing)


async def hook(core: Core, url: str) -> tuple[Webhook, str]:
    webhook_id, secret = PydanticObjectId(), new_secret()
    webhook = Webhook(
        id=webhook_id,
        created_at=now() - timedelta(seconds=1),
        updated_at=now(),
        url=url,
        events=("announcement.posted",),
        secret_ct=core.keys.ring.fields.seal(secret, "webhooks", str(webhook_id), "secret"),
    )
    await webhook.insert()
    return webhook, secret


async def followed(post: Outside) -> None:
    unit = Unit(now())
    await follow(FollowArgs(), Work(unit, post.tools))
    await post.core.committer.commit(unit)


async def announced(core: Core) -> str:
    """An event in the log; returns the announcement's id."""
    unit, announcement = Unit(now()), str(PydanticObjectId())
    fields = {"announcement_id": announcement, "course_id": str(PydanticObjectId())}
    unit.emit(AnnouncementPosted.model_construct(**fields, title="News", content="x"))
    await core.committer.commit(unit)
    return announcement


async def tried(post: Outside, webhook: Webhook, at=None) -> WebhookDelivery:
    """One try of the webhook's only delivery."""
    delivery = await WebhookDelivery.find_one({"webhook_id": webhook.id})
    unit = Unit(at or now())
    await send(WebhookArgs(delivery_id=str(delivery.id)), Work(unit, post.tools))
    await post.core.committer.commit(unit)
    return await WebhookDelivery.get(delivery.id)


def is_signed(taken: Taken, secret: str) -> bool:
    """The documented recipe: id.timestamp.body under the secret, compared with each signature."""
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in taken.headers["webhook-signature"].split()]
    return any(hmac.compare_digest(right, one) for one in given)


async def test_every_fact_is_told_once_and_signed(core: Core, post: Outside, system: OtherServer):
    """The log is read by position, its end twice; one fact is one delivery."""
    webhook, secret = await hook(core, f"{system.url}/every")
    await followed(post)
    announcement = await announced(core)
    for _ in range(3):
        await followed(post)
    assert (await tried(post, webhook)).state is DeliveryState.SENT
    [taken] = [call for call in system.taken if call.path == "/every"]
    said = json.loads(taken.body)
    assert (said["type"], said["data"]["announcementId"]) == ("announcement.posted", announcement)
    assert is_signed(taken, secret)
    assert not is_signed(replace(taken, body=taken.body + b" "), secret)
    assert await WebhookDelivery.find({"webhook_id": webhook.id}).count() == 1


async def test_both_secrets_count_while_one_follows_the_other(core: Core, post: Outside, system: OtherServer):
    """For as long as the one before is allowed to."""
    webhook, secret = await hook(core, f"{system.url}/rotated")
    await followed(post)
    await announced(core)
    await followed(post)
    older = new_secret()
    sealed = core.keys.ring.fields.seal(older, "webhooks", str(webhook.id), "previous")
    until = {"previous_ct": sealed, "previous_until": now() + timedelta(hours=1)}
    await Webhook.get_pymongo_collection().update_one({"_id": webhook.id}, {"$set": until})
    await tried(post, webhook)
    [taken] = [call for call in system.taken if call.path == "/rotated"]
    assert is_signed(taken, secret)
    assert is_signed(taken, older)


async def test_an_address_that_never_answers_is_given_up_after_a_day(core: Core, post: Outside, system: OtherServer):
    """Later and later; then it is disabled, and the administrators are told."""
    webhook, _ = await hook(core, f"{system.url}/never")
    await followed(post)
    await announced(core)
    await followed(post)
    system.status, at = 503, now()
    for pause in PAUSES_S:
        waiting = await tried(post, webhook, at)
        assert (waiting.state, waiting.status) == (DeliveryState.QUEUED, 503)
        assert waiting.next_at == at + timedelta(seconds=pause)
        at = waiting.next_at
    assert (await tried(post, webhook, at)).state is DeliveryState.DEAD
    system.status = 201
    assert (await Webhook.get(webhook.id)).disabled_at is not None
    assert await Job.find({"kind": "notifications.tell", "args.subject": f"webhook:{webhook.id}"}).count() == 1


async def test_what_was_taken_back_meanwhile_is_not_told(core: Core, post: Outside, system: OtherServer):
    """Its payload is empty by then, and so is the delivery."""
    webhook, _ = await hook(core, f"{system.url}/withdrawn")
    await followed(post)
    announcement = await announced(core)
    await followed(post)
    unit = Unit(now())
    unit.redact(f"announcement:{announcement}")
    await core.committer.commit(unit)
    ended = await tried(post, webhook)
    assert (ended.state, ended.reason) == (DeliveryState.SUPPRESSED, "withdrawn")
    assert [call for call in system.taken if call.path == "/withdrawn"] == []


async def test_an_address_of_our_own_network_is_not_called(core: Core, post: Outside, system: OtherServer):
    """Whatever an administrator wrote (SSRF)."""
    webhook, _ = await hook(core, f"{system.url}/inside")
    await followed(post)
    await announced(core)
    await followed(post)
    async with HttpOutgoing(Perimeter()) as outgoing:
        post.tools = replace(post.tools, outgoing=outgoing)
        waiting = await tried(post, webhook)
    assert (waiting.status, "out of bounds" in waiting.reason) == (None, True)
    assert [call for call in system.taken if call.path == "/inside"] == []
    assert await StoredEvent.find({"name": "announcement.posted"}).count() > 0
