"""Signing in through other services, and connecting them to one's own account."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from handlers.call import Answer, Call, Gate, Redirect, Route, SetCookie
from handlers.entrance import session_cookies
from schemas.accounts import DoneOut
from schemas.page import Page, PageQuery, page_of
from schemas.providers import CallbackQuery, IdentityOut, LinkIn, LinkOut, ProviderOut, StartQuery
from services.accounts import providers
from services.accounts.errors import (
    IdentityOfAnother,
    IdentityTaken,
    LastWayIn,
    ProviderEmailUnverified,
    ProviderRefused,
    ProviderUnavailable,
    ProviderUnknown,
    ProviderVisitUnknown,
    SignInToLink,
)
from services.accounts.pending import PendingSignIn
from services.accounts.providers import LIFE, Browser
from services.call_limits import Limit
from services.errors import AccountSuspended, DomainError, SessionEnded
from services.permissions import Permission as P
from services.scopes import IdentityScope, Scope

SIGN_IN = "/app/#/sign-in"
SECOND_FACTOR = "/app/#/mfa"
ALL = PageQuery(limit=100)


async def list_providers(call: Call[Scope, None]) -> Page[ProviderOut]:
    """List the services through which one can sign in."""
    offered = call.house.desk.providers.offered.values()
    return page_of([ProviderOut(id=provider.id, name=provider.name) for provider in offered], ALL, len(offered))


async def start(call: Call[Scope, StartQuery]) -> Redirect:
    """Send the browser to a service, to sign in there."""
    query = call.input
    try:
        begun = await providers.begin(call.scope, call.house.desk, query.provider, query.return_to, _browser(call))
    except DomainError as refusal:
        return _explained(call, refusal, SIGN_IN, query.provider)
    return Redirect(begun.url, (_visit_cookie(begun.cookie),))


async def callback(call: Call[Scope, CallbackQuery]) -> Redirect:
    """Take the browser back from a service: signed in, or with an account connected."""
    page, provider, desk = SIGN_IN, None, call.house.desk
    try:
        flow = await providers.come_back(call.scope, call.input, _browser(call))
        page, provider = flow.return_to if flow.user_id else SIGN_IN, flow.provider
        opened = await providers.finish(call.scope, desk, flow, call.input, _browser(call))
    except DomainError as refusal:
        return _explained(call, refusal, page, provider)
    if opened is None:
        return Redirect(_with(flow.return_to, linked=flow.provider))
    if isinstance(opened, PendingSignIn):
        methods = [{"kind": one.kind, "factorId": str(one.id), "name": one.name} for one in opened.factors]
        return Redirect(_with(SECOND_FACTOR, token=opened.token, methods=orjson.dumps(methods).decode()))
    return Redirect(flow.return_to, session_cookies(opened, call.scope.at))


async def link(call: Call[Scope, LinkIn]) -> Answer:
    """Begin to connect a service to one's own account."""
    begun = await providers.begin_linking(
        call.scope, call.house.desk, call.input.provider, call.input.return_to, _browser(call)
    )
    return Answer(LinkOut(url=begun.url), cookies=(_visit_cookie(begun.cookie),))


async def list_identities(call: Call[Scope, None]) -> Page[IdentityOut]:
    """List the services that open one's own account."""
    found = await providers.list_identities(call.scope, call.house.desk)
    return page_of(found, ALL, len(found))


async def unlink(call: Call[IdentityScope, None]) -> DoneOut:
    """Disconnect a service from one's own account."""
    await providers.unlink(call.scope)
    return DoneOut()


def _browser(call: Call[Scope, StartQuery] | Call[Scope, CallbackQuery] | Call[Scope, LinkIn]) -> Browser:
    return Browser(call.caller.visit_cookie, call.caller.origin, call.caller.device)


def _visit_cookie(value: str) -> SetCookie:
    return SetCookie("visit", value, int(LIFE.total_seconds()))


def _explained(
    call: Call[Scope, StartQuery] | Call[Scope, CallbackQuery], refusal: DomainError, page: str, provider: str | None
) -> Redirect:
    """Lead a browser to a page that says what went wrong; a program gets the refusal itself."""
    if not call.caller.is_visit:
        raise refusal
    return Redirect(_with(page, problem=refusal.code, **({"provider": provider} if provider else {})))


def _with(page: str, **said: str) -> str:
    return f"{page}{'' if '#' in page else '#/'}{'&' if '?' in page else '?'}{urlencode(said)}"


ROUTES = (
    Route("GET", "/auth/providers", list_providers, ProviderOut, Gate.OPEN, listed=True, limit=Limit.SIGN_IN),
    Route(
        "GET",
        "/auth/oidc/start",
        start,
        None,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        query=StartQuery,
        status=HTTPStatus.FOUND,
        media="text/html",
        raises=(ProviderUnavailable, ProviderUnknown),
    ),
    Route(
        "GET",
        "/auth/oidc/callback",
        callback,
        None,
        Gate.OPEN,
        limit=Limit.SIGN_IN,
        query=CallbackQuery,
        status=HTTPStatus.FOUND,
        media="text/html",
        raises=(
            AccountSuspended,
            IdentityOfAnother,
            IdentityTaken,
            ProviderEmailUnverified,
            ProviderRefused,
            ProviderUnavailable,
            ProviderUnknown,
            ProviderVisitUnknown,
            SessionEnded,
            SignInToLink,
        ),
    ),
    Route(
        "POST",
        "/auth/identities/link",
        link,
        LinkOut,
        P.USER_UPDATE_SELF,
        body=LinkIn,
        example={"provider": "campus"},
        stored=False,
        step_up=True,
        raises=(ProviderUnavailable, ProviderUnknown),
    ),
    Route("GET", "/auth/identities", list_identities, IdentityOut, P.USER_READ_SELF, listed=True),
    Route(
        "DELETE",
        "/auth/identities/{identity_id}",
        unlink,
        DoneOut,
        P.USER_UPDATE_SELF,
        about="path.identity_id",
        step_up=True,
        raises=(LastWayIn,),
    ),
)
