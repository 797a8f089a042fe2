"""Mails that carry a token: for a new password, and for the proof of an address."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailedToken, MailPurpose
from schemas.jobs import ResetMailArgs, VerificationMailArgs
from schemas.types import Locale
from services.accounts.mailed_tokens import issue, token_of
from services.texts import say
from workers.letters import Part
from workers.posting import Draft, post
from workers.work import Work

TAKEN_BY = {MailPurpose.RESET: "/api/v1/auth/reset", MailPurpose.VERIFY: "/api/v1/auth/verify-email"}


async def send_reset(args: ResetMailArgs, work: Work) -> None:
    """Bring the token to the owner of the address, if there is one; this is where anybody first looks."""
    user = await User.find_one({"email_bidx": {"$in": args.accounts}})
    if user is None or not user.is_active:
        return
    mailed = issue(work.unit, work.tools.keys, user, MailPurpose.RESET, PydanticObjectId(args.id))
    draft = Draft(f"reset.{args.id}", "mail-reset-subject", lambda language: [code_part(work, user, mailed, language)])
    await post(work, user, draft)


async def send_verification(args: VerificationMailArgs, work: Work) -> None:
    """Bring the token that proves an address to its reader."""
    user = await User.get(PydanticObjectId(args.user_id))
    mailed = await MailedToken.get(PydanticObjectId(args.id)) if user else None
    if user is None or mailed is None or mailed.used_at is not None:
        return
    draft = Draft(
        f"verification.{mailed.id}", "mail-verify-subject", lambda language: [code_part(work, user, mailed, language)]
    )
    await post(work, user, draft)


def code_part(work: Work, user: User, mailed: MailedToken, language: Locale) -> Part:
    """The token, and the page that takes it where its address is known; after `#` it reaches no server's log."""
    token, purpose = token_of(mailed, work.tools.keys), mailed.purpose
    link = f"{work.tools.public_url}/app/#/{purpose}?token={token}" if work.tools.public_url else None
    return Part(
        language=language,
        title=say(language, f"mail-{purpose}-subject"),
        lines=[say(language, "mail-hello", {"name": user.first_name}), say(language, f"mail-{purpose}-text")],
        code=token,
        link=link,
        action=say(language, f"mail-{purpose}-action"),
        small=[
            say(language, f"mail-{purpose}-ignore"),
            say(language, "mail-code-for-apps", {"path": TAKEN_BY[purpose]}),
        ],
    )
