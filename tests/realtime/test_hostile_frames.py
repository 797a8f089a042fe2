"""What no client of ours would send: each gets its documented answer (docs/clients.md), and nothing worse."""

import asyncio
import json

import pytest

from realtime.limits import CLOSE_CODES, Limits
from services.errors import (
    BinaryNotSupported,
    FrameTooLarge,
    MalformedFrame,
    MalformedText,
    RateLimited,
    UnknownNamespace,
)
from tests.harness.raw_socket import BINARY, CLOSE, CONTINUATION, PING, TEXT, frame, raw_socket

TOO_MUCH = "x" * (64 * 1024 + 1)
HALF = "4" + "x" * 40_000
IN = "42/announcements,"

TEXTS = [
    *("", "x", "9", "b4", "2", "2probe", "5", "6", "0", "4", "4x", "47", "4-1", "4\x00"),
    *("42", "42[]", "42{}", "42null", "42[1]", '42[""', '42["a"]]', f"{IN}[]", f"{IN}", f"{IN}7", f'{IN}{{"a":1}}'),
    *(f'{IN}["connect"]', f'{IN}["disconnect"]', "40,", "40[]", '40"x"', "41{}", "44", '44{"message":"x"}'),
    *("43", "43/announcements,", "43/announcements,1", "43/announcements,1{}"),
    f'{IN}{"9" * 100}["sync",{{}}]',
    f'{IN}1["sync",{"[" * 30_000}',
    f'{IN}1["sync",{"[" * 30_000}{"]" * 30_000}]',
    f'{IN}1["sync",{"1" * 5000}]',
    f'{IN}1["sync",1e999]',
    f'{IN}1["sync",NaN]',
    f'{IN}1["sync","\\ud800"]',
    "4" + "2" * 60_000,
    "40/" + "a" * 60_000,
    "42" + "/" * 60_000,
]
FRAMES = {
    "no start of a message": frame("x", CONTINUATION),
    "a start inside a message": frame(HALF, first=TEXT) + frame("x"),
    "an unknown opcode": frame("x", 0x3),
    "an unknown control opcode": frame("x", 0xB),
    "a reserved bit": frame("x", first=0xC1),
    "a long ping": frame("x" * 126, PING),
    "a ping in parts": frame("x", first=PING),
    "a close code of nobody's": frame(b"\x00\x05", CLOSE),
    "half a close code": frame(b"\x03", CLOSE),
}
BINARIES = {
    "bytes": frame(b"\x00\x01", BINARY),
    "no bytes": frame(b"", BINARY),
    "a packet as bytes": frame("42[]", BINARY),
    "announced bytes": frame('451-/announcements,["x",{"_placeholder":true,"num":0}]'),
    "a lot of announced bytes": frame("45999999999-[" + "1" * 1000 + "]"),
    "an ack with bytes": frame('461-/announcements,1[{"_placeholder":true,"num":0}]'),
}
LARGE = {
    "in one": frame(TOO_MUCH),
    "in two": frame(HALF, first=TEXT) + frame(HALF, CONTINUATION),
    "in a thousand": frame("4", first=TEXT) + frame("x" * 66, first=CONTINUATION) * 1000,
    "by its length alone": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    "bytes": frame(TOO_MUCH, BINARY),
}


async def ended_by(school, *frames, token=None):
    async with raw_socket(school.url, token) as socket:
        socket.send(*frames)
        return await socket.end()


async def answers(socket):
    """Whether a command still gets its ack."""
    return (await socket.ask("nonsense", number=99))["error"]["code"] == "unknown_command"


@pytest.fixture(scope="module")
async def someone(strict_school):
    return await strict_school.person()


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:30]))
async def test_malformed_packets(strict_school, someone, text):
    """What is no packet ends the connection, before a CONNECT as well as behind it."""
    expected = (CLOSE_CODES[MalformedFrame], MalformedFrame.code)
    for token in (None, someone.token):
        closed = await ended_by(strict_school, frame(text), token=token)
        assert (closed.code, closed.reason) == expected


@pytest.mark.parametrize("name", FRAMES)
async def test_malformed_frames(strict_school, name):
    """What breaks the framing itself ends the connection with a protocol error."""
    assert (await ended_by(strict_school, FRAMES[name])).code == CLOSE_CODES[MalformedFrame]


@pytest.mark.parametrize("name", BINARIES)
async def test_binary(strict_school, someone, name):
    """Bytes, and packets that announce bytes, are not taken: nothing is kept in wait for attachments."""
    closed = await ended_by(strict_school, BINARIES[name], token=someone.token)
    assert (closed.code, closed.reason) == (CLOSE_CODES[BinaryNotSupported], BinaryNotSupported.code)


@pytest.mark.parametrize("name", LARGE)
async def test_too_large(strict_school, name):
    """No message gets past 64 KiB, in however many pieces it comes."""
    assert (await ended_by(strict_school, LARGE[name])).code == CLOSE_CODES[FrameTooLarge]


@pytest.mark.parametrize("payload", [b"4\xff", b"42\xc3\x28", b"4\xed\xa0\x80", b"4\xf0\x9f\x98"])
async def test_not_utf8(strict_school, payload):
    """Text that is not UTF-8 ends the connection."""
    assert (await ended_by(strict_school, frame(payload))).code == CLOSE_CODES[MalformedText]


async def test_as_large_as_allowed(strict_school, someone):
    """A message of exactly 64 KiB, in three pieces, is read and answered."""
    head, tail = f'{IN}5["sync",{{"stream":"', '"}]'
    text = head + "x" * (Limits().frame_bytes - len(head) - len(tail)) + tail
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.send(
            frame(text[:9], first=TEXT), frame(text[9:999], first=CONTINUATION), frame(text[999:], CONTINUATION)
        )
        assert (await socket.ack())["error"]["code"] == "invalid_input"


@pytest.mark.parametrize(
    "text",
    [
        *("43/announcements,1[]", "43/announcements,999999999999999[1,2]", '42/grading,["x"]', '42/nowhere,1["x"]'),
        *("41/x,", "41/grading,", '42["x"]', "43[]", "43/grading,1[]"),
    ],
)
async def test_said_to_nobody(strict_school, someone, text):
    """Acks that nobody asked for, and what is said in a namespace that was not joined, mean nothing and do no harm."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.say(text)
        assert await answers(socket)


@pytest.mark.parametrize("namespace", ["/", "/../", "/nowhere", "/%2e%2e/etc", "/announcements/..", "/ANNOUNCEMENTS"])
async def test_unknown_namespaces(strict_school, someone, namespace):
    """A CONNECT to what is no namespace of ours is refused, and the others go on."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.say(f"40{namespace}," if namespace != "/" else "40")
        while not (said := await socket.receive()).startswith("44"):
            pass
        head = "44{" if namespace == "/" else f"44{namespace},{{"
        assert said.startswith(head)
        refusal = json.loads(said[len(head) - 1 :])
        assert refusal["data"]["code"] == "unknown_namespace"
        assert "/announcements" in refusal["message"]
        assert await answers(socket)


async def test_an_unknown_namespace_is_refused_in_french(strict_school, someone):
    """The handshake's language counts before anybody is known."""
    async with raw_socket(strict_school.url, someone.token, Accept_Language="fr") as socket:
        socket.say("40/nowhere,")
        while not (said := await socket.receive()).startswith("44"):
            pass
        assert UnknownNamespace.fr.partition("{")[0] in json.loads(said.partition(",")[2])["message"]


@pytest.mark.parametrize(
    "args",
    [
        *("[]", "[1]", "[null]", '["x"]', "[{}]", '[{"stream":1}]', '[{"stream":"a","epoch":"b","seq":-1}]'),
        *('[{"stream":"a","epoch":"b","seq":99999999999999999999}]', '[{"stream":"a","epoch":"b","seq":1e300}]'),
        '[{"stream":"' + "x" * 50_000 + '","epoch":"b","seq":1}]',
        '[{"stream":{"$ne":1},"epoch":"b","seq":1}]',
        "[" + "[" * 900 + "]" * 900 + "]",
        '[{"__proto__":1,"constructor":1}]',
        '[{"stream":"a","epoch":"b","seq":1},2,3]',
    ],
    ids=lambda args: args[:40],
)
async def test_well_formed_nonsense(strict_school, someone, args):
    """An event that is well formed gets an ack, whatever is in it: a refusal with a code."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        ack = await socket.ask("sync", number=3) if args == "[]" else None
        if ack is None:
            socket.say(f'{IN}3["sync",{args[1:]}')
            ack = await socket.ack()
        assert ack["error"]["code"] in {"invalid_input", "not_found"}
        assert await answers(socket)


async def test_too_fast(strict_school, someone):
    """Forty at once are run, CONNECT included; the others are told how long to wait, and are run after that."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.send(*(frame(f'{IN}{number}["nonsense"]') for number in range(60)))
        acks = [(await socket.ack())["error"] for _ in range(60)]
        codes = [error["code"] for error in acks]
        assert 39 <= codes.count("unknown_command") <= 45
        refused = acks[codes.index("rate_limited")]
        assert 0 < refused["retryAfter"] <= 0.06
        assert (refused["status"], refused["retryable"]) == (429, True)
        await asyncio.sleep(refused["retryAfter"])
        assert await answers(socket)


@pytest.mark.parametrize(
    "one",
    [
        frame(f'{IN}1["nonsense"]'),
        frame(f'{IN}["nonsense"]'),
        frame("40/grading,{}"),
        frame("40/nowhere,"),
        frame("3"),
        frame("43/announcements,1[]"),
        frame("hello", PING),
        frame("hello", 0xA),
    ],
    ids=["events", "events without ack", "connects", "unknown connects", "engine pongs", "acks", "pings", "pongs"],
)
async def test_floods(strict_school, someone, one):
    """A thousand of anything at once: whoever takes no notice of 200 refusals is gone."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.send(*[one] * 1000)
        closed = await socket.end()
        assert (closed.code, closed.reason) == (CLOSE_CODES[RateLimited], RateLimited.code)


async def test_pings(strict_school, someone):
    """A ping is answered with what it said, at the same pace as everything."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.send(*(frame(f"{number}", PING) for number in range(60)), frame(f'{IN}1["nonsense"]'))
        answered = []
        while not str(said := await socket.receive()).startswith("43"):
            answered += [said] if isinstance(said, bytes) else []
        assert answered == [f"{number}".encode() for number in range(len(answered))]
        assert 38 <= len(answered) <= 45
        assert json.loads(said.partition(",1")[2])[0]["error"]["code"] == "rate_limited"


async def test_connect_too_fast(strict_school, someone):
    """A CONNECT over the pace is refused with the time to wait, and then accepted."""
    async with raw_socket(strict_school.url, someone.token) as socket:
        socket.send(*[frame("43/announcements,1[]")] * 60)
        refused = await socket.connect({"token": someone.token}, "grading")
        assert refused["code"] == "rate_limited"
        await asyncio.sleep(refused["retryAfter"])
        assert await socket.connect({"token": someone.token}, "grading") is None


async def test_connect_deadline(strict_school, someone):
    """Who does not sign in within 10 s is gone; a refused CONNECT and a joined `/` count for nothing."""

    async def idle(*said):
        async with raw_socket(strict_school.url) as socket:
            socket.send(*(frame(text) for text in said))
            return await socket.end(13)

    async def signed_in_in_time():
        async with raw_socket(strict_school.url, someone.token) as socket:
            await idle()
            assert await answers(socket)

    attempts = idle(), idle("40", "40/grading,{}", '40/grading,{"token":"x"}'), signed_in_in_time()
    *ends, _ = await asyncio.gather(*attempts)
    assert {(end.code, end.reason) for end in ends} == {(1008, "connect_deadline")}


async def test_too_many_streams(strict_school):
    """A connection follows 200 streams; a course that does not fit is refused whole, and fits when another is left."""
    teacher = await strict_school.person("instructor")
    courses = [await strict_school.course(teacher, title=f"Course {number}") for number in range(101)]
    async with raw_socket(strict_school.url) as socket:
        assert await socket.connect({"token": teacher.token}, "grading") is None
        ack = await socket.ask("course.watch", {"courseIds": courses[:99]}, namespace="grading")
        assert len(ack["data"]["streams"]) == 198
        error = (await socket.ask("course.watch", {"courseId": courses[99]}, 2, "grading"))["error"]
        assert (error["code"], error["status"]) == ("too_many_streams", 409)
        assert (await socket.ask("course.watch", {"courseId": courses[0]}, 3, "grading"))["ok"]
        await socket.ask("course.unwatch", {"courseId": courses[0]}, 4, "grading")
        assert (await socket.ask("course.watch", {"courseId": courses[99]}, 5, "grading"))["ok"]
