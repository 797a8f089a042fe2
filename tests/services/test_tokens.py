"""Access tokens: what is minted verifies, and nothing else does (`reliability.md` S11)."""

import base64
import hmac
import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from beanie import PydanticObjectId
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models.accounts import User
from schemas.types import UserRole
from services.accounts.tokens import LIFE, MAX_BYTES, REQUIRED, Proof, SigningKey, Tokens
from services.errors import NotAuthenticated
from services.permissions import NO_GRANTS, Grants, Permission

SCHOOL = "https://school.example"
KEY = SigningKey.of(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
TOKENS = Tokens([KEY], SCHOOL)
PROOF = Proof(datetime.now(UTC), ("pwd",))
PUBLIC = KEY.private.public_key()
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
RAW = PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)

LEEWAY_S = 45
DAY_S = 24 * 3600  # what is made while tests are collected must still hold when they run
HEADER = {"alg": "EdDSA", "kid": KEY.kid, "typ": "at+jwt"}


def claims(**changed: object) -> dict[str, object]:
    now = int(time.time())
    known = {
        "iss": SCHOOL,
        "aud": SCHOOL,
        "sub": "65f0a1b2c3d4e5f60718293a",
        "sid": "65f0a1b2c3d4e5f60718293b",
        "jti": "1",
        "iat": now,
        "exp": now + DAY_S,
        "pv": 4,
        "role": "student",
    }
    return {**known, **changed}


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in claims().items() if key != name}


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: object, payload: object, key: Ed25519PrivateKey = KEY.private) -> str:
    said = f"{part(header)}.{part(payload)}"
    return f"{said}.{part(key.sign(said.encode()))}"


def hashed(algorithm: str, secret: bytes) -> str:
    """HMAC where a signature is expected: the public key is no secret."""
    said = f"{part({**HEADER, 'alg': algorithm})}.{part(claims())}"
    return f"{said}.{part(hmac.digest(secret, said.encode(), 'sha256'))}"


def raw_claim(name: str, text: str) -> str:
    """A claim as JSON text that our own encoder would not write."""
    return signed(HEADER, orjson.dumps(without(name))[:-1] + f',"{name}":{text}}}'.encode())


GOOD = signed(HEADER, claims())
HEAD, BODY, SIGNATURE = GOOD.split(".")

FORGED = {
    **{f"alg {name}": f"{part({**HEADER, 'alg': name})}.{BODY}." for name in ("none", "None", "NONE", "noNE", "")},
    **{f"alg {name}, signed": signed({**HEADER, "alg": name}, claims()) for name in ("none", "noNE", "ES256", "eddsa")},
    **{f"alg {name}": signed({**HEADER, "alg": name}, claims()) for name in (None, 1, ["EdDSA"], {"$ne": 1})},
    "no alg": signed({"typ": "at+jwt", "kid": KEY.kid}, claims()),
    "HS256 with the public key (PEM)": hashed("HS256", PEM),
    "HS256 with the public key (raw)": hashed("HS256", RAW),
    "HS256 under our own name": hashed("EdDSA", RAW),
    "HS256 with nothing": hashed("HS256", b""),
    "another's key under our kid": signed(HEADER, claims(), Ed25519PrivateKey.generate()),
    "another's claims": f"{HEAD}.{part(claims(role='admin'))}.{SIGNATURE}",
    "another's header": f"{part({**HEADER, 'kid': 'x'})}.{BODY}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "half a signature": f"{HEAD}.{BODY}.{SIGNATURE[:43]}",
    "no kid": signed({"alg": "EdDSA", "typ": "at+jwt"}, claims()),
    **{
        f"kid {kid!r}": signed({**HEADER, "kid": kid}, claims())
        for kid in ("", "unknown", "../../dev/null", "/dev/null", "' or 1", "file:///etc/passwd", KEY.kid + "\0")
    },
    **{f"kid {kid!r}": signed({**HEADER, "kid": kid}, claims()) for kid in (None, 0, 1.5, True, [KEY.kid], {"$ne": 1})},
    **{
        f"header {name}": signed({**HEADER, name: value}, claims())
        for name, value in {
            "jku": "https://evil.example/jwks",
            "x5u": "https://evil.example/cert",
            "x5c": ["MIIB"],
            "jwk": {"kty": "OKP", "crv": "Ed25519", "x": part(RAW)},
            "crit": ["b64"],
            "b64": False,
            "zip": "DEF",
            "cty": "JWT",
            "enc": "A256GCM",
        }.items()
    },
    "typ JWT": signed({**HEADER, "typ": "JWT"}, claims()),
    "typ of an id token": signed({**HEADER, "typ": "id+jwt"}, claims()),
    "typ AT+JWT": signed({**HEADER, "typ": "AT+JWT"}, claims()),
    "no typ": signed({"alg": "EdDSA", "kid": KEY.kid}, claims()),
    "typ as a list": signed({**HEADER, "typ": ["at+jwt"]}, claims()),
    "another issuer": signed(HEADER, claims(iss="https://evil.example")),
    "an issuer that begins like ours": signed(HEADER, claims(iss=SCHOOL + ".evil.example")),
    "issuers": signed(HEADER, claims(iss=[SCHOOL])),
    "another audience": signed(HEADER, claims(aud="https://evil.example")),
    "audiences": signed(HEADER, claims(aud=[SCHOOL])),
    "audience null": signed(HEADER, claims(aud=None)),
    **{f"without {name}": signed(HEADER, without(name)) for name in REQUIRED},
    "expired": signed(HEADER, claims(exp=int(time.time()) - LEEWAY_S - 1)),
    "exp as a text": signed(HEADER, claims(exp=str(int(time.time()) + DAY_S))),
    "exp as a word": signed(HEADER, claims(exp="never")),
    "exp true": signed(HEADER, claims(exp=True)),
    "exp null": signed(HEADER, claims(exp=None)),
    **{f"exp {text}": raw_claim("exp", text) for text in ("1e999", "Infinity", "NaN", "-1", "[]", "9" * 5_000)},
    "nbf in the future": signed(HEADER, claims(nbf=int(time.time()) + DAY_S)),
    "iat in the future": signed(HEADER, claims(iat=int(time.time()) + DAY_S)),
    **{f"sub {sub!r}": signed(HEADER, claims(sub=sub)) for sub in ("", "admin", 1, None, {"$ne": 1})},
    **{f"sid {sid!r}": signed(HEADER, claims(sid=sid)) for sid in ("", "x", 1, None, {"$ne": 1})},
    **{f"role {role!r}": signed(HEADER, claims(role=role)) for role in ("root", "", None, ["admin"])},
    **{f"roles {roles!r}": signed(HEADER, claims(roles=roles)) for roles in ("admin", ["root"], {"$ne": 1}, [None])},
    **{f"until {until!r}": signed(HEADER, claims(until=until)) for until in ("never", [], {"$gt": 0})},
    **{f"pv {version!r}": signed(HEADER, claims(pv=version)) for version in ("4", None, 4.5, [])},
    "claims as a list": signed(HEADER, [claims()]),
    "claims as a text": signed(HEADER, "claims"),
    "claims that are no JSON": signed(HEADER, b"\xff\xfe"),
    "claims without end": signed(HEADER, b"[" * 5_000),
    "a header without end": signed(b"[" * 5_000, claims()),
    "a header as a list": signed([HEADER], claims()),
    "a header that is no JSON": signed(b"\xff", claims()),
    "one part less": f"{HEAD}.{BODY}",
    "one part more": f"{GOOD}.{SIGNATURE}",
    "five parts": f"{HEAD}.{BODY}.{SIGNATURE}.{BODY}.{SIGNATURE}",
    "flattened JSON": orjson.dumps({"protected": HEAD, "payload": BODY, "signature": SIGNATURE}).decode(),
    "general JSON": orjson.dumps(
        {"payload": BODY, "signatures": [{"protected": HEAD, "signature": SIGNATURE}]}
    ).decode(),
    "JSON with two dots": orjson.dumps({"payload": GOOD}).decode(),
    "10 KiB": signed(HEADER, claims(filler="x" * 10 * 1024)),
    "a megabyte of dots": "." * 1024 * 1024,
    **{
        f"garbage {text!r}": text
        for text in ("", " ", ".", "..", "...", "a.b.c", "é.é.é", "\ud800.\0.\n", "null", "Bearer")
    },
}


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
    assert TOKENS.verify(signed(HEADER, claims(**changed))).role is UserRole.STUDENT


def test_clocks_may_differ_a_little():
    """A token is taken for 45 s after it expired, and 45 s before it was made."""
    now = int(time.time())
    TOKENS.verify(signed(HEADER, claims(exp=now - LEEWAY_S + 20)))
    TOKENS.verify(signed(HEADER, claims(iat=now + LEEWAY_S - 5)))


def test_the_longest_token():
    """The bound is on the token as it is sent."""
    longest = signed(HEADER, claims(filler="x" * 5_600))
    assert len(longest) < MAX_BYTES
    TOKENS.verify(longest)


def test_keys_rotate():
    """The first key mints; tokens of the older ones still verify, those of a key taken out do not."""
    newer = SigningKey.of(Ed25519PrivateKey.generate())
    user = User.model_construct(id=PydanticObjectId(), role=UserRole.STUDENT, permission_version=1)
    minted = Tokens([newer, KEY], SCHOOL).mint(user, PydanticObjectId(), datetime.now(UTC), PROOF, NO_GRANTS)

    assert Tokens([newer, KEY], SCHOOL).verify(GOOD)
    assert Tokens([newer], SCHOOL).verify(minted)
    for tokens, token in ((Tokens([newer], SCHOOL), GOOD), (TOKENS, minted)):
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
    assert base64.urlsafe_b64decode(published["x"] + "=") == RAW
