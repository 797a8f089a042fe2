"""Mails about accounts: in the owner's language, or in all of ours where it is not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.accounts import User
from schemas.mail import Mail
from schemas.types import Locale
from services.accounts.registration import email_of
from services.texts import say
from workers.letters import Foot, Letter, Part, as_html, as_text
from workers.work import Work


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail is to say: `name` makes its Message-ID, `subject` is the id of a text, `part` writes one language."""

    name: str
    subject: str
    part: Callable[[Locale], Sequence[Part]]


async def post(work: Work, user: User, draft: Draft, address: str | None = None) -> None:
    """Send a mail about an account, to its own address unless another is given."""
    languages = [user.locale] if user.locale else list(Locale)
    school = {"school": work.tools.school}
    parts = [part for language in languages for part in draft.part(language)]
    letter = Letter(
        subject=" / ".join(say(language, draft.subject, school) for language in languages),
        preheader=" ".join(parts[0].lines[:2]),
        school=work.tools.school,
        parts=parts,
        foot=[Foot(language, say(language, "mail-foot", school)) for language in languages],
    )
    mail = Mail(
        message_id=f"<{draft.name}@coursewire>",
        to_user_id=str(user.id),
        address=address or email_of(user, work.tools.keys),
        subject=letter.subject,
        text=as_text(letter),
        html=as_html(letter),
    )
    await work.tools.mailer.send(mail, work.unit)
