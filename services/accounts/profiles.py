"""One's own account."""

from __future__ import annotations

from models.accounts import User
from services.access import Scope
from services.errors import NotAuthenticated
from services.permissions import Permission


async def read_me(scope: Scope) -> User:
    """The caller's account; a token that outlived its account opens nothing."""
    scope.require(Permission.USER_READ_SELF)
    user = await User.get(scope.actor.object_id)
    if user is None:
        raise NotAuthenticated
    return user
