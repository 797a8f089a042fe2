"""Whose address counts, and how much of it is kept."""

import pytest

from services.client_address import TrustedProxies, place_of, prefix_of


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("", ""),
        ("unix:", ""),
        ("192.0.2.77", "192.0.2.0/24"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
    ],
)
def test_prefix(address, prefix):
    """The network that a caller comes from, never the caller's own address."""
    assert prefix_of(address) == prefix


@pytest.mark.parametrize(
    ("address", "place"),
    [("192.0.2.77", "192.0.2.77/32"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("", ""), ("?", "")],
)
def test_place(address, place):
    """Who may choose among 2⁶⁴ addresses is counted as one."""
    assert place_of(address) == place


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.7, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.7:4711", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("", "203.0.113.9", ""),
        (None, None, ""),
    ],
)
def test_forwarded(peer, forwarded, client):
    """A proxy's word counts, and nobody else's: who writes an address of their own gains nothing."""
    assert TrustedProxies(["10.0.0.0/8"]).client(peer, [forwarded] if forwarded else []) == client


def test_s35_lines_of_one_field_are_one_list():
    """A proxy may add its hop as a line of its own: what the client wrote in the first line counts for nothing."""
    assert TrustedProxies(["10.0.0.0/8"]).client("10.0.0.1", ["198.51.100.7", "203.0.113.9"]) == "203.0.113.9"


def test_nobody_is_trusted_unless_told():
    assert TrustedProxies().client("127.0.0.1", ["203.0.113.9"]) == "127.0.0.1"
