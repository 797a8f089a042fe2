"""What is kept of a provider, when its keys are looked at again, and which keys count at all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from schemas.providers import Provider
from schemas.types import now
from services.accounts.errors import ProviderRefused, ProviderUnavailable
from services.accounts.oidc import KEPT, KEYS_AGAIN_AFTER, Person, Providers, Visit
from services.ports import OutgoingError, OutgoingReply

ISSUER = "https://id.example"
PROVIDER = Provider(id="id", name="Id", issuer=ISSUER, client_id="us", client_secret="secret")
VISIT = Visit("https://school.example/back", "state", "nonce", "verifier")
RSA_KEY, NEW_KEY = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)
SHORT_KEY, EC_KEY = rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP256R1())
LONELY_KEY = ec.generate_private_key(ec.SECP384R1())


def public(key: Any, **more: str) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**algorithm.to_jwk(key.public_key(), as_dict=True), **more}


@dataclass
class Said:
    status: int
    body: bytes


@dataclass
class Elsewhere:
    """The other side: what it says now, and what it was asked."""

    keys: list[dict[str, Any]]
    token: str = ""
    status: int = 200
    description: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str, headers: Mapping[str, str]) -> OutgoingReply:
        self.asked.append(url.rpartition("/")[2])
        if self.status == 0:
            raise OutgoingError(url)
        endpoints = {name: f"{ISSUER}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        described = {"issuer": ISSUER, **endpoints, **self.description}
        return Said(self.status, json.dumps({"keys": self.keys} if url.endswith("jwks_uri") else described).encode())

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> OutgoingReply:
        return Said(self.status, json.dumps({"id_token": self.token}).encode())


def signed(key: Any, algorithm: str = "RS256", **header: str) -> str:
    at = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "us",
        "sub": "p",
        "nonce": "nonce",
        "iat": at,
        "exp": at + 60,
        "email": "a@b.example",
    }
    return jwt.encode(claims, key, algorithm=algorithm, headers=header)


async def redeemed(elsewhere: Elsewhere, token: str) -> Person:
    elsewhere.token = token
    return await Providers(elsewhere, {"id": PROVIDER}).redeem(PROVIDER, VISIT, "code", now())


async def test_a_description_is_kept_for_an_hour():
    """Then it is asked for again; an outage meanwhile is noticed by nobody but whoever comes then."""
    elsewhere, at = Elsewhere([public(RSA_KEY)]), now()
    providers = Providers(elsewhere, {"id": PROVIDER})
    for later in (timedelta(), timedelta(minutes=59)):
        await providers.address_of(PROVIDER, VISIT, at + later)
    assert elsewhere.asked == ["openid-configuration", "jwks_uri"]
    elsewhere.status = 0
    with pytest.raises(ProviderUnavailable):
        await providers.address_of(PROVIDER, VISIT, at + KEPT * 2)


async def test_new_keys_are_found_once_a_minute():
    """A rotation is followed, and tokens under made-up keys cannot make us ask all the time."""
    elsewhere, at = Elsewhere([public(RSA_KEY, kid="old")]), now()
    providers = Providers(elsewhere, {"id": PROVIDER})
    await providers.address_of(PROVIDER, VISIT, at)
    elsewhere.keys, elsewhere.token = [public(NEW_KEY, kid="new")], signed(NEW_KEY, kid="new")
    for _ in range(3):
        with pytest.raises(ProviderRefused):
            await providers.redeem(PROVIDER, VISIT, "code", at)
    assert elsewhere.asked.count("jwks_uri") == 1
    assert (await providers.redeem(PROVIDER, VISIT, "code", at + KEYS_AGAIN_AFTER * 2)).sub == "p"
    assert elsewhere.asked.count("jwks_uri") == 2


@pytest.mark.parametrize(
    ("keys", "token"),
    [
        ([public(RSA_KEY, kid="a"), public(NEW_KEY, kid="b")], partial(signed, RSA_KEY)),
        ([public(RSA_KEY, kid="a"), public(NEW_KEY, kid="a")], partial(signed, RSA_KEY, kid="a")),
        ([public(RSA_KEY, use="enc")], partial(signed, RSA_KEY)),
        ([public(RSA_KEY, alg="PS256")], partial(signed, RSA_KEY)),
        ([public(RSA_KEY)], partial(signed, RSA_KEY, "PS256")),
        ([public(RSA_KEY)], partial(signed, RSA_KEY, "RS512")),
        ([public(SHORT_KEY)], partial(signed, SHORT_KEY)),
        ([public(LONELY_KEY)], partial(signed, LONELY_KEY, "ES384")),
        ([public(EC_KEY, kid="a")], partial(signed, RSA_KEY, kid="a")),
        ([{"kty": "RSA", "kid": "a"}], partial(signed, RSA_KEY, kid="a")),
        ([{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}], partial(signed, "secret" * 9, "HS256", kid="a")),
        ([], partial(signed, RSA_KEY)),
        ([public(RSA_KEY)], lambda: "no.token"),
        ([public(RSA_KEY)], str),
    ],
)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_key_that_does_not_fit_proves_nothing(keys: list[dict[str, Any]], token: Callable[[], str]):
    """Ambiguous, for another use or algorithm, too short, on another curve, malformed, symmetric, or missing."""
    with pytest.raises(ProviderRefused):
        await redeemed(Elsewhere(keys), token())


async def test_the_only_key_needs_no_name():
    """A provider with one key may leave `kid` out."""
    assert (
        await redeemed(Elsewhere([public(RSA_KEY), public(EC_KEY)]), signed(EC_KEY, "ES256"))
    ).email == "a@b.example"


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://another.example"},
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": "http://id.example/token"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://id.example/\r\nSet-Cookie: a=b"},
        {"jwks_uri": None},
    ],
    ids=str,
)
async def test_a_provider_that_misdescribes_itself_is_not_used(described: dict[str, Any]):
    """Another issuer, an endpoint in the clear or of another kind, or one that is missing."""
    with pytest.raises(ProviderUnavailable):
        await redeemed(Elsewhere([public(RSA_KEY)], description=described), signed(RSA_KEY))


@pytest.mark.parametrize(
    ("status", "refusal"), [(500, ProviderUnavailable), (302, ProviderUnavailable), (404, ProviderUnavailable)]
)
async def test_a_provider_that_fails_is_down(status: int, refusal: type[Exception]):
    """Whatever it answers instead of a description."""
    with pytest.raises(refusal):
        await redeemed(Elsewhere([public(RSA_KEY)], status=status), signed(RSA_KEY))
