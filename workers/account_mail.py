"""Mails about what was done with somebody's own account."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from schemas.jobs import NoticeMailArgs
from schemas.types import Locale
from services.texts import say
from workers.letters import Part
from workers.posting import Draft, post
from workers.work import Work


async def send_notice(args: NoticeMailArgs, work: Work) -> None:
    """Say what happened, in the owner's language, or in both where it is not known."""
    user = await User.get(PydanticObjectId(args.user_id))
    if user is None:
        return

    def part(language: Locale) -> list[Part]:
        facts = {"at": f"{args.at:%Y-%m-%d %H:%M}", "place": args.ip_prefix or "–"}
        security = f"{work.tools.public_url}/app/#/account" if work.tools.public_url else None
        return [
            Part(
                language=language,
                title=say(language, "mail-notice-subject", {"school": work.tools.school}),
                lines=[
                    say(language, "mail-hello", {"name": user.first_name}),
                    say(language, f"mail-notice-{args.notice.replace('_', '-')}"),
                    say(language, "mail-notice-when", facts),
                    say(language, "mail-notice-advice"),
                ],
                link=security,
                action=say(language, "mail-open", {"school": work.tools.school}),
            )
        ]

    address = work.tools.keys.fields.open(args.to_ct or user.email_ct, "users", str(user.id), "email")
    await post(work, user, Draft(f"notice.{args.id}", "mail-notice-subject", part), address)
