"""Tokens that are nearly ours: every trick of RFC 8725 and its successor, for any key and issuer."""

from __future__ import annotations

import base64
import hmac
import time
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.accounts.tokens import LEEWAY_S, REQUIRED, SigningKey

DAY_S = 24 * 3600  # what is made while tests are collected must still hold when they run


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(frozen=True)
class Forger:
    """Knows our key, so that a forgery differs from a good token in nothing but its trick.

    `canary` is the address that tokens name which want to be looked up.
    """

    key: SigningKey
    issuer: str
    user_id: str = "65f0a1b2c3d4e5f60718293a"
    session_id: str = "65f0a1b2c3d4e5f60718293b"
    canary: str = "https://evil.example"

    @property
    def header(self) -> dict[str, object]:
        return {"alg": "EdDSA", "kid": self.key.kid, "typ": "at+jwt"}

    def claims(self, **changed: object) -> dict[str, object]:
        now = int(time.time())
        known = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": self.user_id,
            "sid": self.session_id,
            "jti": "1",
            "iat": now,
            "exp": now + DAY_S,
            "pv": 4,
            "role": "student",
        }
        return {**known, **changed}

    def without(self, name: str) -> dict[str, object]:
        return {key: value for key, value in self.claims().items() if key != name}

    def signed(self, header: object, payload: object, key: Ed25519PrivateKey | None = None) -> str:
        said = f"{part(header)}.{part(payload)}"
        return f"{said}.{part((key or self.key.private).sign(said.encode()))}"

    def headed(self, **changed: object) -> str:
        """With another header, well signed."""
        return self.signed({**self.header, **changed}, self.claims())

    def saying(self, **changed: object) -> str:
        """With other claims, well signed."""
        return self.signed(self.header, self.claims(**changed))

    def hashed(self, algorithm: str, secret: bytes) -> str:
        """HMAC where a signature is expected: the public key is no secret."""
        said = f"{part({**self.header, 'alg': algorithm})}.{part(self.claims())}"
        return f"{said}.{part(hmac.digest(secret, said.encode(), 'sha256'))}"

    def raw_claim(self, name: str, text: str) -> str:
        """A claim as JSON text that our own encoder would not write."""
        return self.signed(self.header, orjson.dumps(self.without(name))[:-1] + f',"{name}":{text}}}'.encode())

    @property
    def raw(self) -> bytes:
        return self.key.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def pem(self) -> bytes:
        return self.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def good(self) -> str:
        return self.signed(self.header, self.claims())

    def forged(self) -> dict[str, str]:
        """Every trick, by name."""
        return {**self._algorithms(), **self._headers(), **self._claims(), **self._forms()}

    def _algorithms(self) -> dict[str, str]:
        """Other algorithms, other keys, other signatures."""
        good = self.good
        head, body, signature = good.split(".")
        return {
            **{
                f"alg {name}": f"{part({**self.header, 'alg': name})}.{body}."
                for name in ("none", "None", "NONE", "noNE", "")
            },
            **{f"alg {name}, signed": self.headed(alg=name) for name in ("none", "noNE", "ES256", "eddsa")},
            **{f"alg {name}": self.headed(alg=name) for name in (None, 1, ["EdDSA"], {"$ne": 1})},
            "no alg": self.signed({"typ": "at+jwt", "kid": self.key.kid}, self.claims()),
            "HS256 with the public key (PEM)": self.hashed("HS256", self.pem),
            "HS256 with the public key (raw)": self.hashed("HS256", self.raw),
            "HS256 under our own name": self.hashed("EdDSA", self.raw),
            "HS256 with nothing": self.hashed("HS256", b""),
            "another's key under our kid": self.signed(self.header, self.claims(), Ed25519PrivateKey.generate()),
            "another's claims": f"{head}.{part(self.claims(role='admin'))}.{signature}",
            "another's header": f"{part({**self.header, 'kid': 'x'})}.{body}.{signature}",
            "no signature": f"{head}.{body}.",
            "half a signature": f"{head}.{body}.{signature[:43]}",
        }

    def _headers(self) -> dict[str, str]:
        """Keys and types by name, and headers that want to be followed."""
        return {
            "no kid": self.signed({"alg": "EdDSA", "typ": "at+jwt"}, self.claims()),
            **{
                f"kid {kid!r}": self.headed(kid=kid)
                for kid in (
                    "",
                    "unknown",
                    "../../dev/null",
                    "/dev/null",
                    "' or 1",
                    "file:///etc/passwd",
                    self.key.kid + "\0",
                )
            },
            **{f"kid {kid!r}": self.headed(kid=kid) for kid in (None, 0, 1.5, True, [self.key.kid], {"$ne": 1})},
            **{
                f"header {name}": self.headed(**{name: value})
                for name, value in {
                    "jku": f"{self.canary}/jwks",
                    "x5u": f"{self.canary}/cert",
                    "x5c": ["MIIB"],
                    "jwk": {"kty": "OKP", "crv": "Ed25519", "x": part(self.raw)},
                    "crit": ["b64"],
                    "b64": False,
                    "zip": "DEF",
                    "cty": "JWT",
                    "enc": "A256GCM",
                }.items()
            },
            "typ JWT": self.headed(typ="JWT"),
            "typ of an id token": self.headed(typ="id+jwt"),
            "typ AT+JWT": self.headed(typ="AT+JWT"),
            "no typ": self.signed({"alg": "EdDSA", "kid": self.key.kid}, self.claims()),
            "typ as a list": self.headed(typ=["at+jwt"]),
        }

    def _claims(self) -> dict[str, str]:
        """Claims that do not say what ours say."""
        return {
            "another issuer": self.saying(iss="https://evil.example"),
            "an issuer that begins like ours": self.saying(iss=self.issuer + ".evil.example"),
            "issuers": self.saying(iss=[self.issuer]),
            "another audience": self.saying(aud="https://evil.example"),
            "audiences": self.saying(aud=[self.issuer]),
            "audience null": self.saying(aud=None),
            **{f"without {name}": self.signed(self.header, self.without(name)) for name in REQUIRED},
            "expired": self.saying(exp=int(time.time()) - LEEWAY_S - 1),
            "exp as a text": self.saying(exp=str(int(time.time()) + DAY_S)),
            "exp as a word": self.saying(exp="never"),
            "exp true": self.saying(exp=True),
            "exp null": self.saying(exp=None),
            **{
                f"exp {text}": self.raw_claim("exp", text)
                for text in ("1e999", "Infinity", "NaN", "-1", "[]", "9" * 5_000)
            },
            "nbf in the future": self.saying(nbf=int(time.time()) + DAY_S),
            "iat in the future": self.saying(iat=int(time.time()) + DAY_S),
            **{f"sub {sub!r}": self.saying(sub=sub) for sub in ("", "admin", 1, None, {"$ne": 1})},
            **{f"sid {sid!r}": self.saying(sid=sid) for sid in ("", "x", 1, None, {"$ne": 1})},
            **{f"role {role!r}": self.saying(role=role) for role in ("root", "", None, ["admin"])},
            **{f"roles {roles!r}": self.saying(roles=roles) for roles in ("admin", ["root"], {"$ne": 1}, [None])},
            **{f"until {until!r}": self.saying(until=until) for until in ("never", [], {"$gt": 0})},
            **{f"pv {version!r}": self.saying(pv=version) for version in ("4", None, 4.5, [])},
        }

    def _forms(self) -> dict[str, str]:
        """Other shapes than three parts."""
        good = self.good
        head, body, signature = good.split(".")
        return {
            "claims as a list": self.signed(self.header, [self.claims()]),
            "claims as a text": self.signed(self.header, "claims"),
            "claims that are no JSON": self.signed(self.header, b"\xff\xfe"),
            "claims without end": self.signed(self.header, b"[" * 5_000),
            "a header without end": self.signed(b"[" * 5_000, self.claims()),
            "a header as a list": self.signed([self.header], self.claims()),
            "a header that is no JSON": self.signed(b"\xff", self.claims()),
            "one part less": f"{head}.{body}",
            "one part more": f"{good}.{signature}",
            "five parts": f"{head}.{body}.{signature}.{body}.{signature}",
            "flattened JSON": orjson.dumps({"protected": head, "payload": body, "signature": signature}).decode(),
            "general JSON": orjson.dumps(
                {"payload": body, "signatures": [{"protected": head, "signature": signature}]}
            ).decode(),
            "JSON with two dots": orjson.dumps({"payload": good}).decode(),
            "10 KiB": self.saying(filler="x" * 10 * 1024),
            "a megabyte of dots": "." * 1024 * 1024,
            **{
                f"garbage {text!r}": text
                for text in ("", " ", ".", "..", "...", "a.b.c", "é.é.é", "\ud800.\0.\n", "null", "Bearer")
            },
        }
