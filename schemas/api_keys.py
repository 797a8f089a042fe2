"""API keys on the wire."""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_core import PydanticCustomError

from schemas.types import In, Name, Out, OutId


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        message = "A network such as 192.0.2.0/24."
        raise PydanticCustomError("network", message) from None


Network = Annotated[str, Field(max_length=43, examples=["192.0.2.0/24"]), AfterValidator(_network)]
Scope = Annotated[str, Field(max_length=60, examples=["course.read"])]


class ApiKeyIn(In):
    """A new key. `scopes` are permissions that its owner holds; without `expiresAt` it lives for 90 days."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    expires_at: AwareDatetime | None = None
    cidr: Network | None = None


class ApiKeyOut(Out):
    """A key without its secret. `lastUsedAt` is up to five minutes old."""

    id: OutId
    name: str
    scopes: list[str]
    cidr: str | None
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_used_at: datetime | None


class ApiKeyMadeOut(ApiKeyOut):
    """A key that was just made. `key` is shown this once."""

    key: str
