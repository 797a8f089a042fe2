"""Access tokens: short-lived JWTs, verified without the database (`docs/security.md`, RFC 8725, RFC 9068)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
import orjson
from beanie import PydanticObjectId
from bson.errors import InvalidId
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from models.accounts import User
from schemas.types import UserRole
from services.errors import NotAuthenticated
from services.permissions import NO_GRANTS, Grants, Permission
from services.scopes import Actor

LIFE = timedelta(minutes=10)
LEEWAY_S = 45
MAX_BYTES = 8 * 1024
TYPE, ALGORITHM = "at+jwt", "EdDSA"
GRANTED = frozenset({"roles", "denied", "scoped", "limited", "until"})
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp", "pv", "role"]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says. `proved_at` is its `auth_time`: when its owner last proved all that is enrolled."""

    user_id: str
    session_id: str
    role: UserRole
    permission_version: int
    expires_at: float
    proved_at: float = 0.0
    grants: Grants = NO_GRANTS

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id, self.role, self.session_id, self.permission_version, self.grants, self.proved_at)


@dataclass(frozen=True, slots=True)
class Proof:
    """How the owner of a session proved who they are, and when (`amr` by RFC 8176)."""

    at: datetime
    methods: tuple[str, ...]

    @property
    def level(self) -> str:
        """The `acr`: 2 where more than one factor was shown, or a passkey that is two in one."""
        return "2" if {"mfa", "hwk"} & set(self.methods) else "1"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and its id, the thumbprint of its public half (RFC 7638)."""

    private: Ed25519PrivateKey
    kid: str
    x: str

    @classmethod
    def of(cls, private: Ed25519PrivateKey) -> SigningKey:
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        x = _base64url(raw)
        members = orjson.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, option=orjson.OPT_SORT_KEYS)
        return cls(private, _base64url(hashlib.sha256(members).digest()), x)


class Tokens:
    """Mints with the first key, verifies with any of them."""

    def __init__(self, keys: Sequence[SigningKey], issuer: str) -> None:
        self._issuer = issuer
        self.use(keys)

    def use(self, keys: Sequence[SigningKey]) -> None:
        """Go on with these keys: the first signs, and what no other of them signed is void."""
        self._active = keys[0]
        self._keys = keys
        self._heads: Mapping[str, Ed25519PublicKey] = {_head_of(key): key.private.public_key() for key in keys}

    def mint(self, user: User, session_id: PydanticObjectId, at: datetime, proof: Proof, grants: Grants) -> str:
        """A token for this user in this session, valid for ten minutes from `at`."""
        claims = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": str(user.id),
            "id": str(user.id),
            "sid": str(session_id),
            "jti": str(PydanticObjectId()),
            "iat": int(at.timestamp()),
            "exp": int((at + LIFE).timestamp()),
            "auth_time": int(proof.at.timestamp()),
            "amr": proof.methods,
            "acr": proof.level,
            "role": user.role.value,
            "pv": user.permission_version,
            **_written(grants),
        }
        return _signed(claims, self._active)

    def verify(self, token: str) -> Claims:
        """Read a token, or `NotAuthenticated`: one refusal for whatever is wrong with it."""
        try:
            return _claims(self._decode(token))
        except (InvalidSignature, InvalidId, ValueError, TypeError, KeyError, RecursionError) as error:
            raise NotAuthenticated from error

    def jwks(self) -> Mapping[str, Sequence[Mapping[str, str]]]:
        """The public keys (RFC 7517, RFC 8037), for others who verify our tokens."""
        fixed = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM}
        return {"keys": [{**fixed, "kid": key.kid, "x": key.x} for key in self._keys]}

    def _decode(self, token: str) -> Mapping[str, object]:
        """The claims of a token in exactly the form that `mint` gives it (RFC 7515 5.2, RFC 7519 7.2).

        PyJWT would read any header, and check each character by itself: half of what a CONNECT costs beside the
        signature. Here the header must be one of ours, byte for byte; nothing in it is ever interpreted.
        """
        if len(token) > MAX_BYTES or token.count(".") != 2 or not token.isascii():
            raise NotAuthenticated
        head, body, signature = token.split(".")
        public = self._heads.get(head)
        if public is None:
            raise NotAuthenticated
        public.verify(_unbase64url(signature), f"{head}.{body}".encode())
        claims = orjson.loads(_unbase64url(body))
        if not isinstance(claims, dict) or any(claims.get(name) is None for name in REQUIRED):
            raise NotAuthenticated
        at = time.time()
        if claims["iss"] != self._issuer or claims["aud"] != self._issuer:
            raise NotAuthenticated
        begins = max(claims["iat"], claims.get("nbf", 0))
        if not begins <= at + LEEWAY_S or not claims["exp"] > at - LEEWAY_S:
            raise NotAuthenticated
        return claims


def _claims(decoded: Mapping[str, object]) -> Claims:
    version, expires = decoded["pv"], decoded["exp"]
    if not isinstance(version, int) or not isinstance(expires, int | float):
        raise NotAuthenticated
    subject, session = PydanticObjectId(str(decoded["sub"])), PydanticObjectId(str(decoded["sid"]))
    proved_at = decoded.get("auth_time", 0)
    return Claims(
        user_id=str(subject),
        session_id=str(session),
        role=UserRole(str(decoded["role"])),
        permission_version=version,
        expires_at=float(expires),
        proved_at=float(proved_at) if isinstance(proved_at, int) else 0.0,
        grants=_read(decoded),
    )


def _written(grants: Grants) -> Mapping[str, Sequence[str] | float]:
    """The grants as claims; most callers have none, and their tokens say nothing of it."""
    named = {"roles": grants.roles, "denied": grants.denied, "scoped": grants.scoped, "limited": grants.limited}
    written: dict[str, Sequence[str] | float] = {name: sorted(values) for name, values in named.items() if values}
    return written if grants.until is None else {**written, "until": grants.until}


def _read(decoded: Mapping[str, object]) -> Grants:
    if not decoded.keys() & GRANTED:
        return NO_GRANTS
    until = decoded.get("until")
    if until is not None and not isinstance(until, int | float):
        raise NotAuthenticated
    return Grants(
        roles=frozenset(map(UserRole, _names(decoded, "roles"))),
        denied=frozenset(map(Permission, _names(decoded, "denied"))),
        scoped=frozenset(map(UserRole, _names(decoded, "scoped"))),
        limited=frozenset(map(Permission, _names(decoded, "limited"))),
        until=until,
    )


def _names(decoded: Mapping[str, object], claim: str) -> Sequence[str]:
    return [str(name) for name in _listed(decoded.get(claim, []))]


def _listed(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise NotAuthenticated
    return value


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _signed(claims: Mapping[str, object], key: SigningKey) -> str:
    return jwt.encode(dict(claims), key.private, algorithm=ALGORITHM, headers={"typ": TYPE, "kid": key.kid})


def _head_of(key: SigningKey) -> str:
    """The first part of every token that this key signs."""
    return _signed({}, key).partition(".")[0]


def _unbase64url(text: str) -> bytes:
    """Read base64url without padding; raises `ValueError` for anything else."""
    if "+" in text or "/" in text or "=" in text:
        raise ValueError
    padded = text.translate(_STANDARD) + "=" * (-len(text) % 4)
    return binascii.a2b_base64(padded.encode(), strict_mode=True)


_STANDARD = str.maketrans("-_", "+/")
