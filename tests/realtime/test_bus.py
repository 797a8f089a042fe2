"""Hints between instances: an event arrives as it was sent, and each user gets the payload that is theirs."""

import asyncio
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from realtime.bus import Bus, BusHandlers
from realtime.hints import pack, unpack
from server.metrics import Metrics
from services.event_log import WireEvent

STREAM = "announcements/course:65f0a1b2c3d4e5f60718293a"
AT = datetime(2030, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def event(body: object, actor_id: str | None = "u1", mutation: str | None = None) -> WireEvent:
    payload = orjson.dumps(body).decode()
    return WireEvent(STREAM, 7, "announcement.posted", payload, "65f0a1b2c3d4e5f60718293b", actor_id, mutation, AT)


@pytest.mark.parametrize("text", ["", "plain", "Zoë 🎓 中文", "a\nb\r\n\u2028c", '"\\n"', "[1]\n{}", "\x7f"], ids=ascii)
@pytest.mark.parametrize("mutation", [None, "key-1", 'quo"te\nline'])
def test_round_trip(text, mutation):
    """Whatever stands in a payload or a key, lines included, the other instance gets the same event."""
    sent = event({"title": text, text: 1}, mutation=mutation)
    assert unpack(STREAM, pack(sent)) == sent


@settings(deadline=None)
@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(1, 2**53 - 1))  # noqa: DTZ001
def test_numbers_and_times_survive(at, seq):
    """Any number, and any instant that the database keeps, to the millisecond."""
    at = at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
    sent = WireEvent(STREAM, seq, "x.y", "{}", "f", None, None, at)
    assert unpack(STREAM, pack(sent)) == sent


def test_nobody_decodes_the_payload_on_the_way():
    """The bytes of the payload are those that the sender encoded once."""
    sent = event({"title": "é", "_seq": 7})
    assert pack(sent).endswith(b"\n" + sent.payload.encode())


@pytest.mark.parametrize("mutation", ["key-1", 'quo"te', "back\\slash", "é\n🎓"], ids=ascii)
def test_the_writer_recognises_the_own_change(mutation):
    """`_mutation` stands in the writer's own payload, which is valid JSON and otherwise the same."""
    sent = event({"title": "x", "_seq": 7}, mutation=mutation)

    assert orjson.loads(sent.payload_for("u1")) == {"title": "x", "_seq": 7, "_mutation": mutation}


@pytest.mark.parametrize(
    ("actor", "mutation", "reader"),
    [("u1", "key", "u2"), ("u1", "key", None), (None, "key", None), (None, "key", "u1"), ("u1", None, "u1")],
)
def test_nobody_else_learns_the_key(actor, mutation, reader):
    """Everyone else gets the very text that all share."""
    sent = event({"title": "x"}, actor_id=actor, mutation=mutation)
    assert sent.payload_for(reader) is sent.payload


@pytest.mark.parametrize(
    "garbage",
    [
        *(b"", b"\n", b"1", b"{}", b"null\n{}", b"[7]\n{}", b"\xff\n{}", b'[7,"n","f",null,null,1.0]\n\xff'),
        *(b'["x","n","f",null,null,1.0]\n{}', b'[7,"n","f",null,null,"x"]\n{}', b'[7,"n","f",null,null,1e300]\n{}'),
        b'[7,"n","f",null,null,1.0,"a later field"]\n{}',
    ],
)
async def test_what_others_publish_does_no_harm(engines, garbage):
    """A message that is no hint of ours is passed over, and the next hint is heard: the log has what was missed."""
    recovered, heard = asyncio.Event(), asyncio.Queue()
    bus = Bus(engines.redis_url, "garbage:", Metrics())
    running = asyncio.create_task(bus.run(BusHandlers(heard.put_nowait, lambda: None, recovered.set, lambda _: None)))
    await recovered.wait()
    await bus.subscribe(STREAM)
    async with Redis.from_url(engines.redis_url) as redis:
        await redis.publish(f"garbage:rt:s:{STREAM}", garbage)
    bus.publish(event({"title": "x"}))

    assert await asyncio.wait_for(heard.get(), 5) == event({"title": "x"})
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
