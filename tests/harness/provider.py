"""An OpenID Connect provider with keys of its own, whose answers a test can bend; and a browser that visits it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.harness.school import School

CLIENT_ID, CLIENT_SECRET = "coursewire at campus", "hidden:secret"
NOBODY_LISTENS = "http://127.0.0.1:9"
START, CALLBACK = "/api/v1/auth/oidc/start", "/api/v1/auth/oidc/callback"


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclass
class Provider:
    """`approve` plays the person who signs in there; what it is told replaces what the ID token would say."""

    url: str = ""
    rsa_key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    ec_key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    ed_key: Any = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    asked: dict[str, tuple[Mapping[str, str], str]] = field(default_factory=dict)
    calls: int = 0

    @property
    def settings(self) -> str:
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        issuers = {"campus": self.url, "liar": f"{self.url}/liar", "gone": NOBODY_LISTENS}
        return json.dumps(
            [{"id": name, "name": name.title(), "issuer": url, **client} for name, url in issuers.items()]
        )

    def approve(
        self, location: str, *, key: str = "RS256", without: tuple[str, ...] = (), **claims: Any
    ) -> dict[str, str]:
        """What the browser is sent back with after somebody signed in."""
        asked, at = _query(location), int(time.time())
        standard = {"iss": self.url, "aud": CLIENT_ID, "iat": at, "exp": at + 300, "nonce": asked["nonce"]}
        person = {"sub": os.urandom(6).hex(), "email_verified": True, "given_name": "Grace", "family_name": "Hopper"}
        said = {name: value for name, value in {**standard, **person, **claims}.items() if name not in without}
        code = os.urandom(8).hex()
        self.asked[code] = asked, self._signed(said, key)
        return {"code": code, "state": asked["state"], "iss": self.url}

    def _signed(self, claims: Mapping[str, Any], key: str) -> str:
        keys = {"RS256": self.rsa_key, "ES256": self.ec_key, "EdDSA": self.ed_key}
        if key in keys:
            return jwt.encode(dict(claims), keys[key], algorithm=key, headers={"kid": key})
        if key == "none":
            return jwt.encode(dict(claims), None, algorithm="none", headers={"kid": "RS256"})
        if key == "HS256":
            return jwt.encode(dict(claims), CLIENT_SECRET * 4, algorithm="HS256", headers={"kid": "RS256"})
        stranger = rsa.generate_private_key(65537, 2048)
        return jwt.encode(dict(claims), stranger, algorithm="RS256", headers={"kid": key})

    async def describe(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize?tenant=1",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def keys(self, request: web.Request) -> web.Response:
        shown = {
            "RS256": RSAAlgorithm.to_jwk(self.rsa_key.public_key(), as_dict=True),
            "ES256": ECAlgorithm.to_jwk(self.ec_key.public_key(), as_dict=True),
            "EdDSA": OKPAlgorithm.to_jwk(self.ed_key.public_key(), as_dict=True),
        }
        return web.json_response({"keys": [{**key, "kid": name, "use": "sig"} for name, key in shown.items()]})

    async def token(self, request: web.Request) -> web.Response:
        """A code is worth something once, to our client, with the verifier of the challenge."""
        self.calls += 1
        form = await request.post()
        asked, id_token = self.asked.pop(str(form["code"]), (None, ""))
        expected = aiohttp.encode_basic_auth("coursewire+at+campus", "hidden%3Asecret")
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = asked is not None and request.headers["Authorization"] == expected
        if not good or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"id_token": id_token, "access_token": id_token, "token_type": "Bearer"})

    async def userinfo(self, request: web.Request) -> web.Response:
        said = jwt.decode(request.headers["Authorization"].partition(" ")[2], options={"verify_signature": False})
        return web.json_response({"sub": said["sub"], "email": said.get("late_email"), "email_verified": True})


@asynccontextmanager
async def open_provider() -> AsyncIterator[Provider]:
    provider, app = Provider(), web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", provider.describe),
            web.get("/liar/.well-known/openid-configuration", provider.describe),
            web.get("/jwks", provider.keys),
            web.post("/token", provider.token),
            web.get("/userinfo", provider.userinfo),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield provider
    await runner.cleanup()


@dataclass(slots=True)
class Seen:
    """What a browser got: it does not follow by itself here."""

    status: int
    location: str
    body: Any

    @property
    def problem(self) -> str | None:
        """What the page that we were led to will say."""
        return _query(urlsplit(self.location).fragment).get("problem")


@dataclass(slots=True)
class Browser:
    """Keeps cookies and walks through redirects step by step."""

    school: School
    cookies: dict[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    )

    async def get(self, path: str, **query: str) -> Seen:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = f"{self.school.url}{path}?{urlencode(query)}"
        sent = {**self.headers, "Cookie": cookie}
        async with self.school.http.get(url, headers=sent, allow_redirects=False) as reply:
            self.cookies |= {name: morsel.value for name, morsel in reply.cookies.items()}
            body = await reply.json() if reply.content_type == "application/json" else None
            return Seen(reply.status, reply.headers.get("Location", ""), body)

    async def start(self, provider: str = "campus", **query: str) -> Seen:
        return await self.get(START, provider=provider, **query)

    async def come_back(self, answer: Mapping[str, str]) -> Seen:
        return await self.get(CALLBACK, **answer)

    async def me(self) -> Any:
        """One's own account, as our page reads it with the session's cookie."""
        cookie = f"at-0={self.cookies.get('at-0', '')}"
        sent = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        async with self.school.http.get(f"{self.school.url}/api/v1/users/me", headers=sent) as reply:
            return (await reply.json())["data"]
