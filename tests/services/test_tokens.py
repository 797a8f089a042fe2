"""Access tokens: what is minted verifies, and nothing else does (S11)."""

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest
from beanie import PydanticObjectId
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.accounts import User
from schemas.types import UserRole
from services.accounts.tokens import LEEWAY_S, LIFE, MAX_BYTES, Proof, SigningKey, Tokens
from services.errors import NotAuthenticated
from services.permissions import NO_GRANTS, Grants, Permission
from tests.harness.forgeries import Forger

SCHOOL = "https://school.example"
KEY = SigningKey.of(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
TOKENS = Tokens([KEY], SCHOOL)
PROOF = Proof(datetime.now(UTC), ("pwd",))
FORGER = Forger(KEY, SCHOOL)
FORGED = FORGER.forged()


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_tricks_fail(token):
    """Whatever is wrong with a token, the answer is the same: not authenticated."""
    with pytest.raises(NotAuthenticated):
        TOKENS.verify(token)


def test_what_is_minted_verifies():
    """A token says who, in which session, with which role and version of rights, and until when."""
    user = User.model_construct(id=PydanticObjectId(), role=UserRole.INSTRUCTOR, permission_version=4)
    session, at = PydanticObjectId(), datetime.now(UTC)

    found = TOKENS.verify(TOKENS.mint(user, session, at, Proof(at - timedelta(days=1), ("pwd",)), NO_GRANTS))

    assert (found.user_id, found.session_id) == (str(user.id), str(session))
    assert (found.role, found.permission_version) == (UserRole.INSTRUCTOR, 4)
    assert found.expires_at == int((at + LIFE).timestamp())
    assert found.actor.user_id == str(user.id)


def test_grants_travel_in_the_token():
    """What counts everywhere by name, of what counts somewhere that there is some, and when the first of it ends."""
    grants = Grants(
        roles=frozenset({UserRole.TUTOR}),
        denied=frozenset({Permission.MESSAGE_SEND}),
        scoped=frozenset({UserRole.FACILITATOR}),
        limited=frozenset({Permission.ANNOUNCEMENT_POST}),
        until=time.time() + 60,
    )
    user = User.model_construct(id=PydanticObjectId(), role=UserRole.STUDENT, permission_version=1)
    found = TOKENS.verify(TOKENS.mint(user, PydanticObjectId(), datetime.now(UTC), PROOF, grants))
    assert found.grants == grants


@pytest.mark.parametrize("changed", [{}, {"nbf": 0}, {"exp": 10**10}, {"new": {"claim": [1]}}], ids=str)
def test_what_is_signed_as_we_sign_verifies(changed):
    """The forgeries above fail for what they changed: unchanged, the same token passes."""
    assert TOKENS.verify(FORGER.signed(FORGER.header, FORGER.claims(**changed))).role is UserRole.STUDENT


def test_clocks_may_differ_a_little():
    """A token is taken for 45 s after it expired, and 45 s before it was made."""
    now = int(time.time())
    TOKENS.verify(FORGER.signed(FORGER.header, FORGER.claims(exp=now - LEEWAY_S + 20)))
    TOKENS.verify(FORGER.signed(FORGER.header, FORGER.claims(iat=now + LEEWAY_S - 5)))


def test_the_longest_token():
    """The bound is on the token as it is sent."""
    longest = FORGER.signed(FORGER.header, FORGER.claims(filler="x" * 5_600))
    assert len(longest) < MAX_BYTES
    TOKENS.verify(longest)


def test_keys_rotate():
    """The first key mints; tokens of the older ones still verify, those of a key taken out do not."""
    newer = SigningKey.of(Ed25519PrivateKey.generate())
    user = User.model_construct(id=PydanticObjectId(), role=UserRole.STUDENT, permission_version=1)
    minted = Tokens([newer, KEY], SCHOOL).mint(user, PydanticObjectId(), datetime.now(UTC), PROOF, NO_GRANTS)

    assert Tokens([newer, KEY], SCHOOL).verify(FORGER.good)
    assert Tokens([newer], SCHOOL).verify(minted)
    for tokens, token in ((Tokens([newer], SCHOOL), FORGER.good), (TOKENS, minted)):
        with pytest.raises(NotAuthenticated):
            tokens.verify(token)


def test_thumbprint_is_that_of_the_standard():
    """The key id is the RFC 7638 thumbprint: the vector of RFC 8037, appendix A."""
    secret = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    key = SigningKey.of(Ed25519PrivateKey.from_private_bytes(secret))

    assert key.x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_only_public_halves_are_published():
    """The key set holds what verifies our tokens, and nothing that makes them."""
    (published,) = TOKENS.jwks()["keys"]

    assert set(published) == {"kty", "crv", "use", "alg", "kid", "x"}
    assert published["kid"] == KEY.kid
    assert base64.urlsafe_b64decode(published["x"] + "=") == FORGER.raw
