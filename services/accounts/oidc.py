"""What is said with an OpenID Connect provider: discovery, the code for tokens, and the proof in the ID token."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, TypeVar
from urllib.parse import quote_plus, urlencode

import jwt
import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, StringConstraints, ValidationError

from schemas.providers import Provider
from services.accounts.errors import ProviderRefused, ProviderUnavailable, ProviderUnknown
from services.ports import Outgoing, OutgoingError, OutgoingReply

KEPT: Final = timedelta(hours=1)
KEYS_AGAIN_AFTER: Final = timedelta(minutes=1)
"""A token under an unknown key makes us look for new ones, but nobody can make us look all the time."""

LEEWAY_S: Final = 45
SCOPES: Final = "openid email profile"
KEY_TYPES: Final = {"RS256": ("RSA", None), "ES256": ("EC", "P-256"), "EdDSA": ("OKP", "Ed25519")}
"""The algorithms that count, with the type and curve of a key that may be used with each (RFC 8725 3.1)."""

Said = TypeVar("Said", bound=BaseModel)
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s#@]+$", max_length=2000)]

log = structlog.get_logger(__name__)


class _Foreign(BaseModel):
    """What a provider says, as far as it matters here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Metadata(_Foreign):
    """A provider's description of itself (OpenID Connect Discovery 3)."""

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    userinfo_endpoint: Url | None = None
    authorization_response_iss_parameter_supported: bool = False
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)

    @property
    def endpoints(self) -> Sequence[str]:
        named = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.userinfo_endpoint)
        return [url for url in named if url is not None]


class KeySet(_Foreign):
    keys: tuple[dict[str, JsonValue], ...]


class Tokens(_Foreign):
    id_token: str
    access_token: str | None = None


class Person(_Foreign):
    """Who the provider says has signed in there. Only `sub` is theirs for ever (OpenID Connect Core 5.7)."""

    sub: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    email: str | None = None
    email_verified: Annotated[bool, BeforeValidator(lambda said: said is True or said == "true")] = False
    given_name: str | None = None
    family_name: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to a provider: what makes its answer ours and nobody else's."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """S256 of RFC 7636 4.2."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class _Kept:
    metadata: Metadata
    keys: Sequence[Mapping[str, JsonValue]]
    at: datetime


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers of this school, and what is known of each for an hour."""

    outgoing: Outgoing
    offered: Mapping[str, Provider]
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def find(self, provider_id: str) -> Provider:
        """Raises `ProviderUnknown`."""
        provider = self.offered.get(provider_id)
        if provider is None:
            raise ProviderUnknown
        return provider

    async def address_of(self, provider: Provider, visit: Visit, at: datetime) -> str:
        """Where the browser is sent to sign in."""
        metadata = (await self._known(provider, at)).metadata
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": visit.redirect_uri,
            "scope": SCOPES,
            "state": visit.state,
            "nonce": visit.nonce,
            "code_challenge": visit.challenge,
            "code_challenge_method": "S256",
        }
        separator = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{separator}{urlencode(asked)}"

    async def check_issuer(self, provider: Provider, issuer: str | None, at: datetime) -> None:
        """Refuse an answer that came from another provider than the one that was asked (mix-up; RFC 9207)."""
        metadata = (await self._known(provider, at)).metadata
        if issuer is None and not metadata.authorization_response_iss_parameter_supported:
            return
        if issuer != metadata.issuer:
            raise ProviderRefused

    async def redeem(self, provider: Provider, visit: Visit, code: str, at: datetime) -> Person:
        """Exchange the code, once, and read who it stands for."""
        metadata = (await self._known(provider, at)).metadata
        tokens = await self._exchange(provider, metadata, visit, code)
        person = await self._verified(provider, tokens.id_token, visit.nonce, at)
        if person.email is None and metadata.userinfo_endpoint and tokens.access_token:
            return await self._asked(provider, metadata.userinfo_endpoint, tokens.access_token, person.sub)
        return person

    async def _known(self, provider: Provider, at: datetime) -> _Kept:
        kept = self._kept.get(provider.id)
        if kept is None or at - kept.at > KEPT:
            kept = await self._discovered(provider, at)
            self._kept[provider.id] = kept
        return kept

    async def _discovered(self, provider: Provider, at: datetime) -> _Kept:
        url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = self._read(provider, Metadata, await self._get(provider, url))
        is_safe = all(endpoint.startswith("https:") for endpoint in metadata.endpoints)
        if metadata.issuer != provider.issuer or not (is_safe or provider.issuer.startswith("http:")):
            log.error("provider_misdescribed", provider=provider.id, issuer=metadata.issuer)
            raise ProviderUnavailable
        keys = self._read(provider, KeySet, await self._get(provider, metadata.jwks_uri))
        return _Kept(metadata, keys.keys, at)

    async def _exchange(self, provider: Provider, metadata: Metadata, visit: Visit, code: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": visit.redirect_uri,
            "code_verifier": visit.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        secret = provider.client_secret.get_secret_value()
        if "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(provider.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": provider.client_id, "client_secret": secret}
        try:
            reply = await self.outgoing.post(metadata.token_endpoint, urlencode(form).encode(), headers)
        except OutgoingError as error:
            raise _unavailable(provider, error) from error
        if HTTPStatus.BAD_REQUEST <= reply.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise _refused(provider, f"the code is worth status {reply.status}")
        return self._read(provider, Tokens, reply)

    async def _verified(self, provider: Provider, token: str, nonce: str, at: datetime) -> Person:
        """OpenID Connect Core 3.1.3.7: our provider's signature, for us, for this very visit, and just now."""
        try:
            header = jwt.get_unverified_header(token)
            algorithm = str(header.get("alg"))
            key = await self._key(provider, algorithm, header.get("kid"), at)
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=provider.client_id,
                issuer=provider.issuer,
                leeway=LEEWAY_S,
                options={"require": ["iss", "aud", "sub", "exp", "iat", "nonce"], "enforce_minimum_key_length": True},
            )
            person = Person.model_validate(claims)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise _refused(provider, type(error).__name__) from error
        if claims["nonce"] != nonce or _party(claims, provider) != provider.client_id:
            raise _refused(provider, "another visit or another client")
        return person

    async def _key(self, provider: Provider, algorithm: str, key_id: object, at: datetime) -> jwt.PyJWK:
        kept = await self._known(provider, at)
        key = _fitting(kept.keys, algorithm, key_id)
        if key is None and at - kept.at > KEYS_AGAIN_AFTER:
            self._kept[provider.id] = kept = await self._discovered(provider, at)
            key = _fitting(kept.keys, algorithm, key_id)
        if key is None:
            raise _refused(provider, "no such key")
        return jwt.PyJWK(dict(key), algorithm=algorithm)

    async def _asked(self, provider: Provider, url: str, access_token: str, subject: str) -> Person:
        reply = await self._get(provider, url, {"Authorization": f"Bearer {access_token}"})
        person = self._read(provider, Person, reply)
        if person.sub != subject:
            raise _refused(provider, "userinfo of somebody else")
        return person

    async def _get(self, provider: Provider, url: str, headers: Mapping[str, str] | None = None) -> OutgoingReply:
        try:
            return await self.outgoing.get(url, {"Accept": "application/json", **(headers or {})})
        except OutgoingError as error:
            raise _unavailable(provider, error) from error

    def _read(self, provider: Provider, shape: type[Said], reply: OutgoingReply) -> Said:
        try:
            return shape.model_validate_json(reply.body if reply.status == HTTPStatus.OK else b"")
        except ValidationError as error:
            raise _unavailable(provider, error) from error


def _party(claims: Mapping[str, object], provider: Provider) -> object:
    """Whom the token was made for: `azp`, which only a token for us alone may leave out."""
    audience = claims["aud"]
    is_ours_alone = isinstance(audience, str) or (isinstance(audience, list) and len(audience) == 1)
    return claims.get("azp", provider.client_id if is_ours_alone else None)


def _fitting(keys: Sequence[Mapping[str, JsonValue]], algorithm: str, key_id: object) -> Mapping[str, JsonValue] | None:
    """The one key that the token can mean; without a key id there must be no choice."""
    kind, curve = KEY_TYPES.get(algorithm, (None, None))
    fitting = [
        key
        for key in keys
        if kind is not None
        and key.get("kty") == kind
        and key.get("crv") == curve
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _refused(provider: Provider, why: str) -> ProviderRefused:
    log.warning("provider_refused", provider=provider.id, why=why)
    return ProviderRefused()


def _unavailable(provider: Provider, error: Exception) -> ProviderUnavailable:
    log.warning("provider_unavailable", provider=provider.id, error=str(error)[:300])
    return ProviderUnavailable()
