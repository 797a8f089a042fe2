"""Outgoing calls reach other servers, and nothing of our own network, however they are addressed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from server.outgoing import MAX_ANSWER, HttpOutgoing, Perimeter
from services.ports import OutgoingError


@dataclass(slots=True)
class Canary:
    """A server that nobody should reach; counts whoever connects."""

    port: int = 0
    hits: int = 0


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    found = Canary()

    async def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.hits += 1
        writer.close()

    server = await asyncio.start_server(hit, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


@dataclass
class Names(AbstractResolver):
    """A resolver that gives one answer after the other, as whoever owns a name may."""

    answers: Iterator[str]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        return [
            ResolveResult(hostname=host, host=next(self.answers), port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        return None


@pytest.mark.parametrize(
    "host",
    [
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "user:secret@127.0.0.1",
        "school.example@127.0.0.1",
        "@127.0.0.1",
    ],
)
async def test_s20_no_spelling_of_our_own_address_is_called(canary: Canary, host: str):
    """Even where the port itself would be allowed, nothing connects."""
    async with HttpOutgoing(Perimeter(ports=frozenset({canary.port}))) as outgoing:
        with pytest.raises(OutgoingError):
            await outgoing.get(f"http://{host}:{canary.port}/", {})
    assert canary.hits == 0


@pytest.mark.parametrize("scheme", ["gopher", "file", "ftp", "ws", "unix", "http+unix", "", "javascript"])
async def test_s20_only_the_web_is_called(canary: Canary, scheme: str):
    """Other schemes are refused wherever they lead, also where the address is allowed."""
    async with HttpOutgoing(Perimeter(["127.0.0.0/8"])) as outgoing:
        for url in (f"{scheme}://127.0.0.1:{canary.port}/", f"{scheme}:127.0.0.1", "http:///path", "http://[::1"):
            with pytest.raises(OutgoingError):
                await outgoing.get(url, {})
    assert canary.hits == 0


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "0.0.0.0",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
        "2001:db8::1",
    ],
)
def test_s20_addresses_of_the_inside_are_out_of_bounds(address: str):
    """Private, loopback, link-local, multicast, reserved, documentation, and what only wraps one of these."""
    assert not Perimeter().admits(address, 443)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:93.184.216.34"]
)
def test_s20_public_addresses_are_called_on_the_ports_of_the_web(address: str):
    """80 and 443, and not the database that somebody left open."""
    ports = [port for port in (22, 25, 80, 443, 6379, 8080, 27017) if Perimeter().admits(address, port)]
    assert ports == [80, 443]


async def test_s20_port_27017_of_a_public_name_is_not_connected():
    """The name is looked up, and then nothing happens."""
    names = Names(iter(["93.184.216.34"]))
    async with HttpOutgoing(Perimeter(), names, within_s=1) as outgoing:
        with pytest.raises(OutgoingError, match="out of bounds"):
            await outgoing.get("http://database.example:27017/", {})


@pytest.fixture
async def friend(canary: Canary) -> AsyncIterator[str]:
    """A server on an allowed address, whose pages try to lead elsewhere."""
    app = web.Application()

    async def away(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://127.0.0.1:{canary.port}/"})

    async def endless(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * (MAX_ANSWER + 1))

    async def silent(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=f"hello {request.headers.get('Cookie')}", headers={"Set-Cookie": "a=b"})

    app.add_routes(
        [web.get("/away", away), web.get("/endless", endless), web.get("/silent", silent), web.get("/", hello)]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.2", 0)
    await site.start()
    yield f"127.0.0.2:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_s20_redirects_are_answers_and_nothing_more(canary: Canary, friend: str):
    """A server that may be called cannot send us on; it keeps no cookie with us either."""
    async with HttpOutgoing(Perimeter(["127.0.0.2/32"])) as outgoing:
        assert (await outgoing.get(f"http://{friend}/away", {})).status == 302
        replies = [await outgoing.get(f"http://{friend}/", {}) for _ in range(2)]
    assert [reply.body for reply in replies] == [b"hello None"] * 2
    assert canary.hits == 0


async def test_s20_a_name_that_changes_its_mind_reaches_nothing(canary: Canary, friend: str):
    """Checked and connected is one and the same answer of the resolver (DNS rebinding)."""
    names, port = Names(iter(["127.0.0.2", "127.0.0.1", "127.0.0.1"])), friend.partition(":")[2]
    async with HttpOutgoing(Perimeter(["127.0.0.2/32"]), names) as outgoing:
        assert (await outgoing.get(f"http://rebinding.example:{port}/", {})).status == 200
        assert len(names.asked) == 1
        for where in (port, canary.port):
            with pytest.raises(OutgoingError):
                await outgoing.get(f"http://rebinding.example:{where}/", {})
    assert canary.hits == 0


async def test_s20_an_answer_is_short_and_soon(friend: str):
    """What is too long, or does not come, is an error and holds nothing up."""
    async with HttpOutgoing(Perimeter(["127.0.0.0/8"]), within_s=0.5) as outgoing:
        with pytest.raises(OutgoingError, match="longer"):
            await outgoing.get(f"http://{friend}/endless", {})
        with pytest.raises(OutgoingError, match="Timeout"):
            await outgoing.get(f"http://{friend}/silent", {})
        with pytest.raises(OutgoingError):
            await outgoing.post("http://127.0.0.3:1/", b"", {})
