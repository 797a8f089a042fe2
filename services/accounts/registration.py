"""Making an account."""

from __future__ import annotations

import re
import secrets
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from schemas.accounts import SignUpIn
from schemas.jobs import WelcomeMailArgs
from schemas.types import UserRole, folded
from services.access import Scope
from services.accounts.desk import Desk
from services.crypto import Keyring, normalised_email
from services.errors import EmailTaken, RoleRequiresInvite, UsernameTaken

RESERVED_USERNAMES: Final = frozenset({"admin", "administrator", "root", "system", "support", "me", "coursewire"})


async def sign_up(scope: Scope, desk: Desk, draft: SignUpIn) -> User:
    """Make an account. The role is taken on trust only where open roles are set; admin never is."""
    if draft.role is not UserRole.STUDENT and not (desk.open_roles and draft.role is UserRole.INSTRUCTOR):
        raise RoleRequiresInvite(draft.role)
    return await create_user(scope, desk, draft)


async def create_user(scope: Scope, desk: Desk, draft: SignUpIn) -> User:
    """Make an account with whatever role: for the seed and for administrators, never for a route of its own."""
    index = scope.keys.email_index.of(normalised_email(draft.email))
    if await User.find_one({"email_bidx": index}):
        raise EmailTaken
    username = draft.username or await _free_username(draft.email)
    if folded(username) in RESERVED_USERNAMES or await User.find_one({"username_folded": folded(username)}):
        raise UsernameTaken
    user_id = PydanticObjectId()
    user = User(
        id=user_id,
        created_at=scope.at,
        updated_at=scope.at,
        email_ct=scope.keys.fields.seal(draft.email, "users", str(user_id), "email"),
        email_bidx=index,
        password_hash=await desk.passwords.hash(draft.password),
        username=username,
        username_folded=folded(username),
        first_name=draft.first_name,
        last_name=draft.last_name,
        role=draft.role,
        avatar_url=draft.avatar_url,
        preferred_study_time=draft.preferred_study_time,
    )
    scope.unit.insert(user)
    scope.unit.audit("user.created", f"user:{user.id}", role=user.role.value)
    scope.unit.enqueue("mail.welcome", WelcomeMailArgs(user_id=str(user.id)))
    return user


def email_of(user: User, keys: Keyring) -> str:
    """The address in the clear."""
    return keys.fields.open(user.email_ct, "users", str(user.id), "email")


async def _free_username(email: str) -> str:
    """Make a username from the address; a number follows when the plain one is taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", folded(email.partition("@")[0])).strip("-")[:20]
    stem = stem if len(stem) >= 3 else f"{stem or 'user'}-{secrets.randbelow(900) + 100}"
    if stem not in RESERVED_USERNAMES and not await User.find_one({"username_folded": stem}):
        return stem
    return f"{stem}-{secrets.randbelow(9_000_000) + 1_000_000}"
