"""The link at the end of every mail: no more of this by mail, without signing in (RFC 8058)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.notifications import NotificationChoices
from schemas.notifications import Cadence, Category, Channel
from schemas.types import UserStatus
from services.crypto import Keyring
from services.notifications.delivery_errors import UnsubscribeUnknown
from services.notifications.kinds import LOCKED
from services.scopes import Scope

EVERYTHING: Final = "all"

_TOKEN = re.compile(r"unsub_([0-9a-f]{24})\.([a-z]+)\.([0-9a-f]{64})")


def token_for(keys: Keyring, user_id: PydanticObjectId, categories: Sequence[Category]) -> str:
    """Signs that mails of one category are to end, or of all where a mail holds several; counts as long as its key."""
    what = categories[0].value if len(categories) == 1 else EVERYTHING
    return f"unsub_{user_id}.{what}.{keys.unsubscribing.of(str(user_id), what)}"


def check(keys: Keyring, token: str) -> tuple[PydanticObjectId, Sequence[Category]]:
    """Whose mails of which categories, or `UnsubscribeUnknown`; says nothing about whether the account exists."""
    match = _TOKEN.fullmatch(token)
    if match is None or not hmac.compare_digest(keys.unsubscribing.of(match[1], match[2]), match[3]):
        raise UnsubscribeUnknown
    categories = list(Category) if match[2] == EVERYTHING else [one for one in Category if one == match[2]]
    return PydanticObjectId(match[1]), [one for one in categories if (one, Channel.EMAIL) not in LOCKED]


async def unsubscribe(scope: Scope, token: str) -> Sequence[Category]:
    """Send no more mails of these categories; a second time changes nothing."""
    user_id, categories = check(scope.keys, token)
    user = await User.get(user_id)
    if user is None or user.status is UserStatus.ANONYMISED:
        return categories
    choices = await NotificationChoices.get(user_id)
    kept = choices.cadences if choices else {}
    if all(kept.get(one, {}).get(Channel.EMAIL) is Cadence.NEVER for one in categories):
        return categories
    ended = {one: {**kept.get(one, {}), Channel.EMAIL: Cadence.NEVER} for one in categories}
    stored = {
        category.value: {channel.value: how.value for channel, how in ways.items()}
        for category, ways in {**kept, **ended}.items()
    }
    if choices is not None:
        scope.unit.change(choices, cadences=stored)
    else:
        scope.unit.insert(
            NotificationChoices(id=user_id, created_at=scope.at, updated_at=scope.at, cadences={**kept, **ended})
        )
    named: list[str] = [one.value for one in categories]
    scope.unit.audit("notifications.unsubscribed", f"user:{user_id}", categories=", ".join(named))
    return categories
