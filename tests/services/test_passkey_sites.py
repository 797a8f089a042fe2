"""Where passkeys count: one domain, one origin."""

from __future__ import annotations

import pytest

from services.accounts.passkeys import Site


@pytest.mark.parametrize(
    ("address", "domain", "origin"),
    [
        ("https://school.example", "school.example", "https://school.example"),
        ("https://school.example:8443", "school.example", "https://school.example:8443"),
        ("http://localhost:8000", "localhost", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]", "localhost", "http://localhost"),
    ],
)
def test_a_site_is_named_by_its_domain(address, domain, origin):
    """An address of numbers is no domain; the own machine is called localhost."""
    assert Site.of(address) == Site(domain, origin)
