"""Usernames: what can be one, which are kept for the school, and which look like another."""

from __future__ import annotations

from typing import Final

from beanie import PydanticObjectId
from pydantic import TypeAdapter, ValidationError

from models.accounts import User
from schemas.accounts import Username
from schemas.profiles import UsernameProblem
from schemas.types import folded

RESERVED: Final = frozenset(
    {
        "admin",
        "administrator",
        "anonymous",
        "api",
        "coursewire",
        "everyone",
        "guest",
        "help",
        "info",
        "instructor",
        "me",
        "moderator",
        "no-reply",
        "noreply",
        "null",
        "office",
        "owner",
        "postmaster",
        "root",
        "school",
        "security",
        "staff",
        "support",
        "system",
        "teacher",
        "undefined",
        "user",
        "webmaster",
    }
)

_LOOKS_LIKE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "_": ".", "-": "."})
_USERNAME: Final[TypeAdapter[str]] = TypeAdapter(Username)


def skeleton(username: str) -> str:
    """What a username looks like (after UTS 39): equal for `Milo.1`, `MILO-I` and `mi1o_l`.

    A capital I looks like a small l, so that i, l and 1 are one. Other scripts need no table: a username is of ASCII.
    """
    shown = username.casefold().translate(_LOOKS_LIKE)
    return shown.replace("rn", "m").replace("vv", "w")


_RESERVED_LOOKS: Final = frozenset(map(skeleton, RESERVED))


async def problem_of(username: str, own: PydanticObjectId | None = None) -> UsernameProblem | None:
    """Why the name cannot be had by the account `own`; None when it is free."""
    try:
        _USERNAME.validate_python(username)
    except ValidationError:
        return UsernameProblem.INVALID
    if folded(username) in RESERVED or skeleton(username) in _RESERVED_LOOKS:
        return UsernameProblem.RESERVED
    alike = [{"username_folded": folded(username)}, {"username_skeleton": skeleton(username)}]
    if await User.find_one({"_id": {"$ne": own}, "$or": alike}):
        return UsernameProblem.TAKEN
    return None
