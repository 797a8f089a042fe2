"""Signing in through other services, on the wire and in the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from schemas.types import In, Out, OutId

ProviderId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
ReturnPath = Annotated[str, StringConstraints(pattern=r"^/app/[A-Za-z0-9/_#?=&.~-]{0,300}$")]
"""A page of our own app; never the address of another server."""

HOME = "/app/"


class Provider(BaseModel):
    """An OpenID Connect provider that the operator trusts; one entry of OIDC_PROVIDERS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ProviderId
    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    issuer: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#@]{1,300}$")]
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    client_secret: Annotated[SecretStr, Field(min_length=1, max_length=2000)]


class ProviderOut(Out):
    """A service through which one can sign in."""

    id: str
    name: str


class StartQuery(In):
    """Which provider, and which page of the app to come back to."""

    provider: ProviderId
    return_to: Annotated[ReturnPath, Field(alias="return")] = HOME


class CallbackQuery(In):
    """What a provider sends the browser back with (RFC 6749 4.1.2, RFC 9207). Providers add parameters of their own."""

    model_config = ConfigDict(extra="ignore")

    state: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{43}$")]
    code: Annotated[str, StringConstraints(pattern=r"^[ -~]{1,4000}$")] | None = None
    iss: Annotated[str, Field(max_length=400)] | None = None
    error: Annotated[str, Field(max_length=100)] | None = None


class LinkIn(In):
    """The provider whose account shall open this one too."""

    provider: ProviderId
    return_to: ReturnPath = HOME


class LinkOut(Out):
    """Where to send the browser."""

    url: str


class IdentityOut(Out):
    """An account elsewhere that opens one's own. `name` is null where the provider is not offered any more."""

    id: OutId
    provider: str
    name: str | None
    created_at: AwareDatetime
    last_used_at: AwareDatetime
