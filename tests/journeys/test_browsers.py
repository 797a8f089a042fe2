"""Browsers that take notifications, and webhooks, over REST."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.crypto import digest_of
from tests.harness.factors import collection
from tests.harness.school import School

PATH = "/api/v1/notifications/push/subscriptions"
HOOKS = "/api/v1/admin/webhooks"


def subscription(name: str) -> dict[str, object]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    p256dh, auth = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (raw, b"a" * 16))
    return {
        "endpoint": f"https://push.example/{name}",
        "expirationTime": None,
        "keys": {"p256dh": p256dh, "auth": auth},
    }


async def test_a_browser_is_its_last_owners(school: School):
    """Subscribed twice it is one; on a shared device the second person takes it over; its address is sealed."""
    first, second = await school.person(), await school.person()
    assert len((await first.get("/api/v1/notifications/push/key")).data["publicKey"]) == 87
    draft = subscription("shared-device")
    ids = {(await first.post(PATH, draft)).data["subscriptionId"] for _ in range(2)}
    assert len(ids) == 1
    taken = await second.post(PATH, draft)
    assert (taken.status, taken.data["mark"]) == (201, digest_of("https://push.example/shared-device"))
    assert (await first.get(PATH)).data == []
    async with collection(school, "push_subscriptions") as rows:
        assert "shared-device" not in str(await rows.find({}).to_list())
    mine = f"{PATH}/{taken.data['subscriptionId']}"
    assert (await first.delete(mine)).status == 404
    assert (await second.delete(mine)).status == 200
    assert (await second.get(PATH)).data == []


async def test_of_more_than_ten_browsers_the_oldest_is_forgotten(school: School):
    """Nobody has to clear away old telephones before a new one counts."""
    person = await school.person()
    marks = [(await person.post(PATH, subscription(f"ten-{number}"))).data["mark"] for number in range(11)]
    listed = (await person.get(f"{PATH}?limit=20")).data
    assert {one["mark"] for one in listed} == set(marks[1:])


async def test_what_is_no_browser_is_refused(school: School):
    """A plain address, short keys, a point that is not on the curve."""
    person, good = await school.person(), subscription("bad")
    off = base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()
    for change in (
        {"endpoint": "http://push.example/x"},
        {"keys": {**good["keys"], "auth": "YQ"}},
        {"keys": {**good["keys"], "p256dh": off}},
    ):
        reply = await person.post(PATH, {**good, **change})
        assert (reply.status, reply.code) == (400, "invalid_input")
    assert (await person.get(PATH)).data == []


async def test_a_webhook_shows_its_secret_once(school: School):
    """It is sealed, can be replaced, and is gone with the webhook; only events of courses can be asked for."""
    draft = {"url": "https://system.example/hook", "events": ["announcement.posted"]}
    made = await school.admin.post(HOOKS, draft)
    assert (made.status, made.data["secret"].startswith("whsec_")) == (201, True)
    one = f"{HOOKS}/{made.data['webhookId']}"
    listed = (await school.admin.get(f"{HOOKS}?limit=100")).data
    assert made.data["webhookId"] in [row["webhookId"] for row in listed]
    assert "secret" not in listed[0]
    async with collection(school, "webhooks") as rows:
        assert made.data["secret"] not in str(await rows.find({}).to_list())
    rotated = await school.admin.post(f"{one}/secret", {})
    assert rotated.data["secret"] != made.data["secret"]
    assert rotated.data["previousSecretUntil"] is not None
    assert (await school.admin.get(f"{one}/deliveries")).data == []
    for wrong in ({"events": ["presence.list"]}, {"url": "http://system.example"}, {"events": []}):
        assert (await school.admin.post(HOOKS, {**draft, **wrong})).code == "invalid_input"
    assert (await school.admin.delete(one)).status == 200
    assert (await school.admin.get(f"{one}/deliveries")).status == 404
