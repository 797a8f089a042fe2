"""Browsers that take notifications: subscribing, and being forgotten."""

from __future__ import annotations

from typing import Final

from beanie import PydanticObjectId
from cryptography.hazmat.primitives.asymmetric import ec

from models.push import PushSubscription
from schemas.envelope import FieldError
from schemas.page import Page, PageQuery, page_of
from schemas.push import PushSubscriptionIn, PushSubscriptionOut, PushTarget, decoded
from services.crypto import digest_of
from services.errors import InvalidInput
from services.notifications.scopes import PushSubscriptionScope
from services.permissions import Permission
from services.scopes import Scope

AT_MOST: Final = 10
DEVICE_LENGTH: Final = 200


async def subscribe(scope: Scope, draft: PushSubscriptionIn, device: str) -> PushSubscriptionOut:
    """Tell this browser from now on; the same again changes nothing, and the oldest of more than ten is forgotten.

    A browser belongs to whoever subscribed it last, so that nobody reads what is another's on a shared device.
    """
    _check_point(draft.keys.p256dh)
    owner, mark = scope.actor.object_id, digest_of(draft.endpoint)
    mine = await PushSubscription.find({"user_id": owner}).sort("created_at", "_id").to_list()
    target = PushTarget(endpoint=draft.endpoint, p256dh=draft.keys.p256dh, auth=draft.keys.auth)
    known = next((one for one in mine if one.mark == mark), None)
    if known is not None:
        if scope.keys.fields.open(known.target_ct, *_place(known.id)) != target.model_dump_json():
            scope.unit.change(known, target_ct=scope.keys.fields.seal(target.model_dump_json(), *_place(known.id)))
        return _out(known)
    for oldest in mine[: max(0, len(mine) - AT_MOST + 1)]:
        scope.unit.remove(PushSubscription, {"_id": oldest.id})
    scope.unit.remove(PushSubscription, {"mark": mark})
    new_id = PydanticObjectId()
    new = PushSubscription(
        id=new_id,
        created_at=scope.at,
        updated_at=scope.at,
        user_id=owner,
        mark=mark,
        target_ct=scope.keys.fields.seal(target.model_dump_json(), *_place(new_id)),
        device=device[:DEVICE_LENGTH],
    )
    scope.unit.insert(new)
    scope.unit.audit("push.subscribed", f"user:{owner}", subscription=str(new_id))
    return _out(new)


async def list_own(scope: Scope, query: PageQuery) -> Page[PushSubscriptionOut]:
    """The caller's browsers, newest first."""
    own = PushSubscription.find({"user_id": scope.actor.object_id})
    total = await own.count()
    found = await own.sort("-created_at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([_out(one) for one in found], query, total)


def unsubscribe(scope: PushSubscriptionScope) -> None:
    """Tell the browser nothing any more."""
    scope.require(Permission.USER_UPDATE_SELF)
    scope.unit.remove(PushSubscription, {"_id": scope.subscription.id})
    scope.unit.audit("push.unsubscribed", f"user:{scope.subscription.user_id}", subscription=str(scope.subscription.id))


def _check_point(key: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    except ValueError:
        message = "This is no point of P-256."
        raise InvalidInput(fields=[FieldError(path="keys.p256dh", code="point", message=message)]) from None


def _place(subscription_id: PydanticObjectId) -> tuple[str, str, str]:
    return "push_subscriptions", str(subscription_id), "target"


def _out(one: PushSubscription) -> PushSubscriptionOut:
    return PushSubscriptionOut(subscription_id=one.id, mark=one.mark, device=one.device, created_at=one.created_at)
