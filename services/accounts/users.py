"""Administering accounts: finding them, their roles, and what was done about them and by them."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from pymongo.collation import Collation

from models.access import RoleAssignment
from models.accounts import User
from models.unit import AuditRecord
from schemas.accounts import AccountOut, UserOut
from schemas.page import Page, PageQuery, page_of
from schemas.types import ScopeType, UserStatus, folded
from schemas.users import ActivityOut, RoleIn, UserSort, UsersQuery
from services.accounts import role_profiles
from services.accounts.assignments import refuse_unheld
from services.accounts.errors import SelfGrant
from services.accounts.registration import email_of
from services.accounts.rights import change_rights, keep_an_office
from services.accounts.roles import alive
from services.crypto import Keyring, normalised_email
from services.permissions import BELOW_MANAGER, Permission, Reach
from services.scopes import Scope, UserScope
from services.unit import Match

ORDER: Final = {
    UserSort.NEWEST: [("created_at", -1)],
    UserSort.OLDEST: [("created_at", 1)],
    UserSort.NAME: [("last_name", 1), ("first_name", 1)],
    UserSort.NAME_BACKWARDS: [("last_name", -1), ("first_name", -1)],
    UserSort.USERNAME: [("username_folded", 1)],
    UserSort.USERNAME_BACKWARDS: [("username_folded", -1)],
}
AS_READ: Final = Collation("en", strength=1)
"""Names in the order of a phone book: neither case nor accents count."""

SEARCHED: Final = ("first_name", "last_name", "username")


def shown(user: User, keys: Keyring) -> UserOut:
    """An account for its owner and for those who manage it."""
    address = email_of(user, keys)
    return UserOut.model_validate({**user.model_dump(), "email": address, "is_active": user.is_active})


async def list_users(scope: Scope, query: UsersQuery) -> Page[UserOut]:
    """The accounts that the caller manages, filtered and in the order asked for."""
    scope.require(Permission.USER_LIST)
    where: Match = {"$and": [await _managed(scope), *_wanted(scope, query)]}
    total = await User.find(where).count()
    order = [*ORDER[query.sort], ("_id", 1)]
    named = query.sort not in {UserSort.NEWEST, UserSort.OLDEST}
    rows = User.get_pymongo_collection().find(where, sort=order, collation=AS_READ if named else None)
    users = [User.model_validate(row) async for row in rows.skip(query.skip).limit(query.limit)]
    return page_of([shown(user, scope.keys) for user in users], query, total)


async def read_user(scope: UserScope) -> AccountOut:
    """One account, and what it has because of its role."""
    scope.require(Permission.USER_READ)
    plain = shown(scope.user, scope.keys)
    return AccountOut(**dict(plain), role_profile=await role_profiles.shown(scope.user))


async def set_role(scope: UserScope, draft: RoleIn) -> User:
    """Change the primary role, at once for every open session; the same role again changes nothing."""
    scope.require(Permission.USER_GRANT)
    user, before = scope.user, scope.user.role
    if scope.is_own:
        raise SelfGrant
    if before is not draft.role:
        refuse_unheld(scope, draft.role)
        await keep_an_office(scope, user)
        change_rights(scope, user, role=draft.role)
        await role_profiles.enter_role(scope, user)
        scope.unit.audit("user.role_changed", f"user:{user.id}", before=before.value, after=draft.role.value)
    return user


async def list_activity(scope: UserScope, query: PageQuery) -> Page[ActivityOut]:
    """What was done about the account and by it, the newest first."""
    scope.require(Permission.USER_READ_ACTIVITY)
    where = {"$or": [{"subject": f"user:{scope.user.id}"}, {"actor_id": str(scope.user.id)}]}
    total = await AuditRecord.find(where).count()
    rows = await AuditRecord.find(where).sort("-at", "-_id").skip(query.skip).limit(query.limit).to_list()
    return page_of([ActivityOut.model_validate(row) for row in rows], query, total)


async def _managed(scope: Scope) -> Match:
    """All accounts, or those of staff below managers who are not managers besides."""
    present: Match = {"status": {"$ne": UserStatus.ANONYMISED}}
    if Reach.ALL in scope.actor.reaches(Permission.USER_LIST):
        return present
    above = {"scope_type": ScopeType.SYSTEM, "role": {"$nin": [None, *BELOW_MANAGER]}, **alive(scope.at)}
    besides = [row.user_id async for row in RoleAssignment.find(above)]
    return {**present, "role": {"$in": sorted(BELOW_MANAGER)}, "_id": {"$nin": besides}}


def _wanted(scope: Scope, query: UsersQuery) -> list[Match]:
    filters: list[Match] = []
    if query.role is not None:
        filters.append({"role": query.role})
    if query.status is not None:
        filters.append({"status": query.status})
    if query.search is not None and "@" in query.search:
        filters.append({"email_bidx": scope.keys.email_index.any_of(normalised_email(query.search))})
    elif query.search is not None:
        filters += named(query.search)
    return filters


def named(search: str) -> list[Match]:
    """Those in whose names every word stands, whatever its case and accents."""
    return [{"$or": [{name: _part(word)} for name in SEARCHED]} for word in search.split()]


def _part(word: str) -> Match:
    """Finds the word inside a text whatever its case and accents: `e` stands for every letter that reads as one."""
    letters = (_alike().get(letter, re.escape(letter)) + r"\p{Mn}*" for letter in folded(word))
    return {"$regex": "".join(letters), "$options": "i"}


@cache
def _alike() -> dict[str, str]:
    """Each letter with those that become it without accents, as a class of a regular expression."""
    classes: dict[str, str] = {}
    for letter in map(chr, (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))):
        plain = folded(letter)
        if len(plain) == 1 and plain.isalpha() and unicodedata.category(letter).startswith("L"):
            classes[plain] = classes.get(plain, plain) + letter
    return {plain: f"[{letters}]" for plain, letters in classes.items()}
