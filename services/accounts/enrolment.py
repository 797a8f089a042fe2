"""Adding factors to one's own account, confirming them, and taking them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from beanie import PydanticObjectId

from models.accounts import RefreshFamily, User
from models.factors import Factor
from schemas.envelope import FieldError
from schemas.factors import ConfirmedOut, ConfirmIn, EnrolledOut, EnrollIn, FactorKind, FactorOut, MfaOut, ProofIn
from schemas.jobs import Notice
from services.accounts import challenges, passkeys, recovery, totp
from services.accounts.desk import Desk
from services.accounts.enrolled import METHODS, enrolled, has_strong, is_admin
from services.accounts.errors import CodeInvalid, FactorLimit, StrongerFactorFirst
from services.accounts.notices import notify
from services.accounts.passkeys import Site
from services.accounts.proofs import Trial, Visitor, prove
from services.accounts.registration import email_of
from services.accounts.sessions import current, end_all
from services.crypto import normalised_phone
from services.errors import InvalidInput, NotAuthenticated, NotFound
from services.scopes import Scope

UNCONFIRMED_LIFE: Final = timedelta(minutes=15)
AT_MOST: Final[Mapping[FactorKind, int]] = {
    FactorKind.PASSKEY: 10,
    FactorKind.TOTP: 3,
    FactorKind.SMS: 1,
    FactorKind.EMAIL: 1,
}
NAMES: Final[Mapping[FactorKind, str]] = {
    FactorKind.PASSKEY: "Passkey",
    FactorKind.TOTP: "Authenticator app",
    FactorKind.SMS: "Text message",
    FactorKind.EMAIL: "E-mail",
}
"""What a factor is called that its owner gave no name."""


async def overview(scope: Scope) -> MfaOut:
    """One's own factors."""
    user = await own_account(scope)
    held = await enrolled(user.id)
    return MfaOut(
        enabled=bool(held),
        factors=[FactorOut.model_validate(factor) for factor in held],
        recovery_codes_left=await recovery.left(user),
    )


async def enroll(scope: Scope, desk: Desk, draft: EnrollIn, visitor: Visitor) -> EnrolledOut:
    """Begin a factor; it has no effect until its first code, or its first signature, was right."""
    user = await own_account(scope)
    held = await enrolled(user.id)
    await _check_may_have(scope, user, held, draft)
    factor = Factor(
        created_at=scope.at,
        updated_at=scope.at,
        user_id=user.id,
        kind=draft.kind,
        name=draft.name or NAMES[draft.kind],
        expires_at=scope.at + UNCONFIRMED_LIFE,
    )
    if draft.phone is not None:
        _seal(scope, factor, draft.phone)
    scope.unit.insert(factor)
    scope.unit.audit("factor.begun", f"user:{user.id}", factor=str(factor.id), kind=factor.kind.value)
    return await _introduced(scope, desk, user, factor, visitor.site)


async def confirm(scope: Scope, desk: Desk, draft: ConfirmIn, visitor: Visitor) -> ConfirmedOut:
    """Let the factor count. Other sessions end; this one has shown the factor. The first brings recovery codes."""
    user, family = await own_account(scope), await current(scope)
    factor = await _own(scope, draft.factor_id)
    if factor.confirmed_at is not None:
        raise NotFound
    is_first = not await enrolled(user.id)
    if factor.kind is FactorKind.PASSKEY:
        await _register(scope, visitor, factor, draft)
    else:
        shown = ProofIn(factor_id=draft.factor_id, code=draft.code)
        bound_to = challenges.in_enrolment(factor.id)
        await prove(scope, desk, visitor, Trial(user, [factor], bound_to, knows_password=True), shown)
    scope.unit.change(factor, confirmed_at=scope.at, expires_at=None)
    if factor.kind is FactorKind.SMS:
        _keep_number(scope, user, factor)
    shown_now = (*family.methods, METHODS[factor.kind], "mfa")
    scope.unit.update(RefreshFamily, {"_id": family.id}, {"$set": {"methods": list(dict.fromkeys(shown_now))}})
    await end_all(scope, user, "factors_changed", except_session=str(family.id))
    scope.unit.audit("factor.added", f"user:{user.id}", factor=str(factor.id), kind=factor.kind.value)
    notify(scope, user.id, Notice.FACTOR_ADDED)
    return ConfirmedOut(recovery_codes=await recovery.renew(scope, desk, user) if is_first else None)


async def disable(scope: Scope, factor_id: str) -> None:
    """Take one factor away; the recovery codes go with the last."""
    user = await own_account(scope)
    factor = await _own(scope, factor_id)
    rest = [one for one in await enrolled(user.id) if one.id != factor.id]
    kinds = {one.kind for one in rest}
    if FactorKind.SMS in kinds and FactorKind.TOTP not in kinds:
        raise StrongerFactorFirst
    if rest and not has_strong(rest) and await is_admin(user, scope.at):
        raise StrongerFactorFirst
    remove(scope, factor)
    if not rest:
        await recovery.void(scope, user)
    await end_all(scope, user, "factors_changed", except_session=scope.actor.session_id)
    notify(scope, user.id, Notice.FACTOR_REMOVED)


async def renew_recovery_codes(scope: Scope, desk: Desk) -> list[str]:
    """Ten new recovery codes, for whoever has a factor."""
    user = await own_account(scope)
    if not await enrolled(user.id):
        raise NotFound
    notify(scope, user.id, Notice.RECOVERY_CODES_RENEWED)
    await end_all(scope, user, "factors_changed", except_session=scope.actor.session_id)
    return await recovery.renew(scope, desk, user)


async def own_account(scope: Scope) -> User:
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    return user


async def _own(scope: Scope, factor_id: str) -> Factor:
    """The caller's factor, confirmed or about to be."""
    factor = await Factor.get(PydanticObjectId(factor_id))
    if factor is None or factor.user_id != scope.actor.object_id:
        raise NotFound
    if factor.expires_at is not None and factor.expires_at <= scope.at:
        raise NotFound
    return factor


async def _check_may_have(scope: Scope, user: User, held: Sequence[Factor], draft: EnrollIn) -> None:
    kinds = [factor.kind for factor in held]
    if (draft.kind is FactorKind.SMS) != (draft.phone is not None):
        message = "A phone number belongs to text messages, and to nothing else."
        raise InvalidInput(fields=[FieldError(path="phone", code="phone", message=message)])
    if kinds.count(draft.kind) >= AT_MOST[draft.kind]:
        raise FactorLimit
    if draft.kind is FactorKind.SMS and FactorKind.TOTP not in kinds:
        raise StrongerFactorFirst
    if draft.kind is FactorKind.EMAIL and not has_strong(held) and await is_admin(user, scope.at):
        raise StrongerFactorFirst


async def _introduced(scope: Scope, desk: Desk, user: User, factor: Factor, site: Site) -> EnrolledOut:
    """Give the factor its secret, or ask it its first question."""
    shown = {"factor_id": factor.id, "kind": factor.kind}
    bound_to, address = challenges.in_enrolment(factor.id), email_of(user, scope.keys)
    match factor.kind:
        case FactorKind.TOTP:
            secret = totp.new_secret()
            _seal(scope, factor, secret)
            uri = totp.uri_of(secret, address)
            return EnrolledOut(**shown, secret=secret, otpauth_uri=uri, qr_svg=totp.qr_svg(uri))
        case FactorKind.PASSKEY:
            nonce = challenges.ask_to_sign(scope, bound_to, factor).nonce
            held = await enrolled(user.id)
            options = passkeys.creation_options(site, user, address, nonce, held)
            return EnrolledOut(**shown, public_key=options)
        case FactorKind.SMS | FactorKind.EMAIL:
            await challenges.send_code(scope, desk, factor, bound_to)
            return EnrolledOut(**shown)


async def _register(scope: Scope, visitor: Visitor, factor: Factor, draft: ConfirmIn) -> None:
    challenge = await challenges.newest(scope, factor, challenges.in_enrolment(factor.id))
    challenges.spend(scope, challenge)
    try:
        made = passkeys.created(visitor.site, challenge.nonce, draft.credential)
    except CodeInvalid as refused:
        scope.unit.audit("factor.refused", f"user:{factor.user_id}", reason=refused.code, factor=str(factor.id))
        raise
    scope.unit.change(
        factor,
        credential_id=passkeys.credential_id(made.credential_id),
        public_key=made.credential_public_key,
        counter=made.sign_count,
    )


def _seal(scope: Scope, factor: Factor, secret: str) -> None:
    factor.secret_ct = scope.keys.fields.seal(secret, "factors", str(factor.id), "secret")


def _keep_number(scope: Scope, user: User, factor: Factor) -> None:
    """The number has proved itself, so it is the account's."""
    number = scope.keys.fields.open(factor.secret_ct or "", "factors", str(factor.id), "secret")
    scope.unit.change(
        user,
        phone_ct=scope.keys.fields.seal(number, "users", str(user.id), "phone"),
        phone_bidx=scope.keys.email_index.of(normalised_phone(number)),
        phone_verified_at=scope.at,
    )


def remove(scope: Scope, factor: Factor) -> None:
    """Make a factor count no more, and forget its secret."""
    wiped = {"secret_ct": None, "credential_id": None, "public_key": None}
    scope.unit.change(factor, confirmed_at=None, expires_at=scope.at, **wiped)
    scope.unit.audit("factor.removed", f"user:{factor.user_id}", factor=str(factor.id), kind=factor.kind.value)
