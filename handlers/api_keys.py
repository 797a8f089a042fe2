"""API keys over REST. None of these calls can be made with a key."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from handlers.call import Call, Route
from schemas.accounts import DoneOut
from schemas.api_keys import ApiKeyIn, ApiKeyMadeOut, ApiKeyOut
from schemas.page import Page, PageQuery
from services.accounts import api_keys
from services.accounts.errors import TooManyApiKeys
from services.permissions import Permission as P
from services.scopes import ApiKeyScope, Scope


async def list_api_keys(call: Call[Scope, PageQuery]) -> Page[ApiKeyOut]:
    """List one's own API keys, newest first, without their secrets."""
    return await api_keys.list_own(call.scope, call.input)


async def make_api_key(call: Call[Scope, ApiKeyIn]) -> ApiKeyMadeOut:
    """Make an API key; its secret is shown in this answer and never again."""
    return await api_keys.make(call.scope, call.input)


async def revoke_api_key(call: Call[ApiKeyScope, None]) -> DoneOut:
    """Void an API key at once, and close the live connections that it has opened."""
    api_keys.revoke(call.scope)
    return DoneOut()


BASE = "/auth/api-keys"
NEW_KEY: Mapping[str, JsonValue] = {"name": "Timetable", "scopes": ["course.read"], "cidr": "192.0.2.0/24"}

ROUTES = (
    Route("GET", BASE, list_api_keys, ApiKeyOut, P.API_KEY_MANAGE, query=PageQuery, listed=True),
    Route(
        "POST",
        BASE,
        make_api_key,
        ApiKeyMadeOut,
        P.API_KEY_MANAGE,
        body=ApiKeyIn,
        status=HTTPStatus.CREATED,
        example=NEW_KEY,
        stored=False,
        step_up=True,
        raises=(TooManyApiKeys,),
    ),
    Route(
        "DELETE",
        f"{BASE}/{{api_key_id}}",
        revoke_api_key,
        DoneOut,
        P.API_KEY_MANAGE,
        about="path.api_key_id",
    ),
)
