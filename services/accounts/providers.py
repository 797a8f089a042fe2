"""Signing in through other services (OpenID Connect), and which of them open one's own account."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId
from pydantic import TypeAdapter, ValidationError

from models.accounts import RefreshFamily, User
from models.identities import Identity, ProviderFlow
from schemas.factors import FactorKind
from schemas.jobs import Notice, WelcomeMailArgs
from schemas.providers import CallbackQuery, IdentityOut, Provider
from schemas.types import Email, Name
from services.accounts.desk import Desk, Device
from services.accounts.enrolled import enrolled
from services.accounts.entrance import admit
from services.accounts.errors import (
    IdentityOfAnother,
    IdentityTaken,
    LastWayIn,
    ProviderEmailUnverified,
    ProviderRefused,
    ProviderVisitUnknown,
    SignInToLink,
)
from services.accounts.notices import notify
from services.accounts.oidc import Person, Visit
from services.accounts.pending import PendingSignIn
from services.accounts.registration import NewPerson, account, add_account, free_usernames
from services.accounts.sessions import OpenSession
from services.crypto import Keyring, digest_of, normalised_email
from services.errors import SessionEnded
from services.permissions import Permission
from services.scopes import IdentityScope, Scope

LIFE: Final = timedelta(minutes=10)
CALLBACK: Final = "/api/v1/auth/oidc/callback"
METHODS: Final = ("oidc",)

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_EMAIL: Final[TypeAdapter[str]] = TypeAdapter(Email)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that a visit is bound to: the cookie that it has kept from an earlier one, and where it called."""

    cookie: str | None
    origin: str
    device: Device

    def redirect_uri(self, desk: Desk) -> str:
        return f"{desk.public_url or self.origin}{CALLBACK}"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and what it must show when it comes back."""

    url: str
    cookie: str


async def begin(
    scope: Scope, desk: Desk, provider_id: str, return_to: str, browser: Browser, *, links: bool = False
) -> Begun:
    """Begin a visit to a provider; with `links`, to connect it to the caller's own account."""
    provider = desk.providers.find(provider_id)
    state = secrets.token_urlsafe(32)
    known = browser.cookie and _SECRET.fullmatch(browser.cookie)  # two tabs share one browser
    cookie = browser.cookie if browser.cookie and known else secrets.token_urlsafe(32)
    session_id = scope.actor.session_id if links else None
    flow = ProviderFlow(
        created_at=scope.at,
        updated_at=scope.at,
        state_hash=digest_of(state),
        browser_hash=digest_of(cookie),
        provider=provider.id,
        return_to=return_to,
        user_id=scope.actor.object_id if links else None,
        session_id=PydanticObjectId(session_id) if session_id else None,
        expires_at=scope.at + LIFE,
    )
    scope.unit.insert(flow)
    visit = _visit(scope.keys, browser.redirect_uri(desk), state)
    return Begun(await desk.providers.address_of(provider, visit, scope.at), cookie)


async def begin_linking(scope: Scope, desk: Desk, provider_id: str, return_to: str, browser: Browser) -> Begun:
    """Begin to connect a provider to the caller's account."""
    scope.require(Permission.USER_UPDATE_SELF)
    return await begin(scope, desk, provider_id, return_to, browser, links=True)


async def come_back(scope: Scope, answer: CallbackQuery, browser: Browser) -> ProviderFlow:
    """The visit that the answer belongs to, which counts once and in the browser that began it only."""
    flow = await ProviderFlow.find_one({"state_hash": digest_of(answer.state)})
    if flow is None or flow.used_at is not None or flow.expires_at <= scope.at:
        raise ProviderVisitUnknown
    if not hmac.compare_digest(digest_of(browser.cookie or ""), flow.browser_hash):
        raise ProviderVisitUnknown
    scope.unit.change(flow, used_at=scope.at)
    return flow


async def finish(
    scope: Scope, desk: Desk, flow: ProviderFlow, answer: CallbackQuery, browser: Browser
) -> OpenSession | PendingSignIn | None:
    """Let in whoever the provider vouches for; None where an account was connected instead."""
    provider = desk.providers.find(flow.provider)
    await desk.providers.check_issuer(provider, answer.iss, scope.at)
    if answer.code is None or answer.error is not None:
        raise ProviderRefused
    visit = _visit(scope.keys, browser.redirect_uri(desk), answer.state)
    person = await desk.providers.redeem(provider, visit, answer.code, scope.at)
    identity = await Identity.find_one({"subject_bidx": _subject(scope.keys, provider, person)})
    if flow.user_id is not None:
        await _link(scope, flow, provider, person, identity)
        return None
    user = await _user_of(scope, provider, person, identity)
    return await admit(scope, desk, user, browser.device, METHODS)


async def list_identities(scope: Scope, desk: Desk) -> list[IdentityOut]:
    """The services that open the caller's account."""
    scope.require(Permission.USER_READ_SELF)
    found = await Identity.find({"user_id": scope.actor.object_id, "unlinked_at": None}).sort("_id").to_list()
    names = {provider.id: provider.name for provider in desk.providers.offered.values()}
    return [
        IdentityOut.model_validate({**identity.model_dump(), "name": names.get(identity.provider)})
        for identity in found
    ]


async def unlink(scope: IdentityScope) -> None:
    """Forget a service; not the last way into the account."""
    scope.require(Permission.USER_UPDATE_SELF)
    identity, user = scope.identity, await User.get(scope.identity.user_id)
    others = await Identity.find(
        {"user_id": identity.user_id, "unlinked_at": None, "_id": {"$ne": identity.id}}
    ).count()
    has_passkey = any(factor.kind is FactorKind.PASSKEY for factor in await enrolled(identity.user_id))
    if user is not None and user.password_hash is None and not others and not has_passkey:
        raise LastWayIn
    scope.unit.change(identity, unlinked_at=scope.at, subject_ct=None, subject_bidx=str(identity.id))
    scope.unit.audit("identity.unlinked", f"user:{identity.user_id}", provider=identity.provider)
    notify(scope, identity.user_id, Notice.IDENTITY_UNLINKED)


async def _link(
    scope: Scope, flow: ProviderFlow, provider: Provider, person: Person, identity: Identity | None
) -> None:
    """Connect the provider's person to the account that began the visit, where both have the same address."""
    user = await User.get(flow.user_id) if flow.user_id else None
    family = await RefreshFamily.get(flow.session_id) if flow.session_id else None
    if user is None or not user.is_active or family is None or family.revoked_at is not None:
        raise SessionEnded
    if identity is not None:
        if identity.user_id != user.id:
            raise IdentityTaken
        return
    if user.email_bidx not in scope.keys.email_index.all_of(normalised_email(_verified_email(person))):
        raise IdentityOfAnother
    if user.email_verified_at is None:
        scope.unit.change(user, email_verified_at=scope.at)
    scope.unit.insert(_identity(scope, user, provider, person))
    scope.unit.audit("identity.linked", f"user:{user.id}", provider=provider.id)
    notify(scope, user.id, Notice.IDENTITY_LINKED)


async def _user_of(scope: Scope, provider: Provider, person: Person, identity: Identity | None) -> User:
    """The account that the provider's person opens: a known one, or a new one, but never that of an address alone."""
    if identity is not None:
        user = await User.get(identity.user_id)
        if user is None:
            raise ProviderRefused
        scope.unit.change(identity, last_used_at=scope.at)
        return user
    email = _verified_email(person)
    owner = await User.find_one({"email_bidx": scope.keys.email_index.any_of(normalised_email(email))})
    if owner is not None:
        scope.unit.audit("session.refused", f"user:{owner.id}", reason="not_linked", provider=provider.id)
        raise SignInToLink
    return await _newcomer(scope, provider, person, email)


async def _newcomer(scope: Scope, provider: Provider, person: Person, email: str) -> User:
    first, _, rest = (person.name or email.partition("@")[0]).strip().partition(" ")
    username = (await free_usernames([email]))[0]
    first_name, last_name = _name(person.given_name) or _name(first) or username, _name(person.family_name)
    if last_name is None:
        last_name = "" if person.given_name else _name(rest) or ""
    user = account(scope, NewPerson(email, username, first_name, last_name))
    user.email_verified_at = scope.at
    add_account(scope, user)
    scope.unit.insert(_identity(scope, user, provider, person))
    scope.unit.audit("user.created", f"user:{user.id}", role=user.role.value, provider=provider.id)
    scope.unit.enqueue("mail.welcome", WelcomeMailArgs(user_id=str(user.id)))
    return user


def _identity(scope: Scope, user: User, provider: Provider, person: Person) -> Identity:
    identity_id = PydanticObjectId()
    return Identity(
        id=identity_id,
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        provider=provider.id,
        subject_ct=scope.keys.fields.seal(person.sub, "identities", str(identity_id), "subject"),
        subject_bidx=_subject(scope.keys, provider, person),
        last_used_at=scope.at,
    )


def _verified_email(person: Person) -> str:
    try:
        email = _EMAIL.validate_python(person.email)
    except ValidationError:
        raise ProviderEmailUnverified from None
    if not person.email_verified:
        raise ProviderEmailUnverified
    return email


def _name(text: str | None) -> str | None:
    """What a provider calls somebody, as far as it can be a name here."""
    try:
        return _NAME.validate_python((text or "").strip()[:80])
    except ValidationError:
        return None


def _subject(keys: Keyring, provider: Provider, person: Person) -> str:
    return keys.identities.of(provider.issuer, person.sub)


def _visit(keys: Keyring, redirect_uri: str, state: str) -> Visit:
    """The secrets of a visit are derived from its state, which only the browser holds."""
    nonce, verifier = (keys.identities.of(name, state) for name in ("nonce", "verifier"))
    return Visit(redirect_uri, state, nonce, verifier)
