"""Making an account."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailPurpose
from schemas.accounts import SignUpIn
from schemas.jobs import WelcomeMailArgs
from schemas.types import UserRole, folded
from services.accounts.desk import Desk
from services.accounts.invite_codes import redeem
from services.accounts.mailed_tokens import issue
from services.accounts.role_profiles import begin, facts_of
from services.accounts.usernames import RESERVED, problem_of, skeleton
from services.crypto import Keyring, normalised_email
from services.errors import EmailTaken, RoleRequiresInvite, UsernameTaken
from services.permissions import BELOW_MANAGER
from services.scopes import Scope


@dataclass(frozen=True, slots=True)
class NewPerson:
    """An account that others make: its owner has no password yet."""

    email: str
    username: str
    first_name: str
    last_name: str
    role: UserRole = UserRole.STUDENT
    user_id: PydanticObjectId = field(default_factory=PydanticObjectId)


async def sign_up(scope: Scope, desk: Desk, draft: SignUpIn) -> User:
    """Make an account, in the role of the invite code if there is one.

    Without a code the role is taken on trust only where open roles are set; administrators and managers never are.
    """
    if draft.invite_code is not None:
        role = await redeem(scope, draft.invite_code)
        if draft.role not in {role, UserRole.STUDENT}:
            raise RoleRequiresInvite(draft.role)
        return await create_user(scope, desk, draft.model_copy(update={"role": role}))
    if draft.role is not UserRole.STUDENT and not (desk.open_roles and draft.role in BELOW_MANAGER):
        raise RoleRequiresInvite(draft.role)
    return await create_user(scope, desk, draft)


async def create_user(scope: Scope, desk: Desk, draft: SignUpIn) -> User:
    """Make an account with whatever role: for the seed and for administrators, never for a route of its own."""
    facts = await facts_of(draft)
    if await User.find_one({"email_bidx": scope.keys.email_index.any_of(normalised_email(draft.email))}):
        raise EmailTaken
    username = draft.username or (await free_usernames([draft.email]))[0]
    if draft.username is not None and await problem_of(draft.username):
        raise UsernameTaken
    user = account(scope, NewPerson(draft.email, username, draft.first_name, draft.last_name, draft.role))
    user.password_hash = await desk.passwords.hash(draft.password)
    user.avatar_url, user.preferred_study_time = draft.avatar_url, draft.preferred_study_time
    add_account(scope, user, facts)
    scope.unit.audit("user.created", f"user:{user.id}", role=user.role.value)
    issue(scope.unit, scope.keys, user, MailPurpose.VERIFY, PydanticObjectId())
    scope.unit.enqueue("mail.welcome", WelcomeMailArgs(user_id=str(user.id)))
    return user


def add_account(scope: Scope, user: User, facts: Mapping[str, str] = MappingProxyType({})) -> None:
    """Put a new account into the unit, and beside it what it has because of its role."""
    scope.unit.insert(user)
    begin(scope, user, facts)


def account(scope: Scope, person: NewPerson) -> User:
    """A new account without password; the caller adds it."""
    return User(
        id=person.user_id,
        created_at=scope.at,
        updated_at=scope.at,
        email_ct=scope.keys.fields.seal(person.email, "users", str(person.user_id), "email"),
        email_bidx=scope.keys.email_index.of(normalised_email(person.email)),
        password_hash=None,
        username=person.username,
        username_folded=folded(person.username),
        username_skeleton=skeleton(person.username),
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
    )


def email_of(user: User, keys: Keyring) -> str:
    """The address in the clear."""
    return keys.fields.open(user.email_ct, "users", str(user.id), "email")


async def free_usernames(emails: Sequence[str]) -> list[str]:
    """Make usernames from addresses; a number follows where the plain one is taken, also by one before it."""
    stems = [_stem(email) for email in emails]
    rows = User.get_pymongo_collection().find({"username_folded": {"$in": stems}}, {"username_folded": 1})
    taken = {row["username_folded"] async for row in rows} | RESERVED
    names = []
    for stem in stems:
        names.append(f"{stem}-{secrets.randbelow(9_000_000) + 1_000_000}" if stem in taken else stem)
        taken.add(stem)
    return names


def _stem(email: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", folded(email.partition("@")[0])).strip("-")[:20].strip("-")
    return stem if len(stem) >= 3 else f"{stem or 'user'}-{secrets.randbelow(900) + 100}"
