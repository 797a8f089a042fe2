"""What only the owner who proves it again may change: the password, and the address that resets it."""

from __future__ import annotations

from models.accounts import User
from schemas.envelope import FieldError
from schemas.jobs import Notice
from services.accounts.attempts import check_again
from services.accounts.desk import Desk
from services.accounts.notices import notify
from services.crypto import normalised_email
from services.errors import EmailTaken, InvalidInput
from services.scopes import Scope


async def confirm_password(scope: Scope, desk: Desk, user: User, password: str | None, address: str) -> None:
    """Refuse whoever does not know the present password; wrong ones count like those of a sign-in."""
    if password is None:
        message = "Give the current password, too."
        raise InvalidInput(fields=[FieldError(path="currentPassword", code="missing", message=message)])
    await check_again(scope, desk, user, password, address)


async def new_password(scope: Scope, desk: Desk, user: User, password: str) -> str:
    """The hash to store; the owner is told."""
    notify(scope, user.id, Notice.PASSWORD_CHANGED)
    scope.unit.audit("password.changed", f"user:{user.id}")
    return await desk.passwords.hash(password)


async def new_address(scope: Scope, user: User, email: str) -> dict[str, object]:
    """The fields of a new address, not verified yet; the old address is told."""
    index, address = scope.keys.email_index, normalised_email(email)
    if user.email_bidx not in index.all_of(address) and await User.find_one({"email_bidx": index.any_of(address)}):
        raise EmailTaken
    notify(scope, user.id, Notice.EMAIL_CHANGED, to_ct=user.email_ct)
    scope.unit.audit("user.email_changed", f"user:{user.id}")
    fields: dict[str, object] = {"email_verified_at": None}
    fields["email_ct"] = scope.keys.fields.seal(email, "users", str(user.id), "email")
    fields["email_bidx"] = index.of(address)
    return fields
