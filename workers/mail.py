"""Mails: what they say, and how they leave."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
from beanie import PydanticObjectId
from pydantic import SecretStr

from models.accounts import Invitation, User
from models.courses import Course
from models.mailed_tokens import MailPurpose
from models.unit import SentMail
from schemas.jobs import InvitationMailArgs, WelcomeMailArgs
from schemas.mail import Mail
from schemas.types import Locale
from services.accounts.invitations import token_of
from services.accounts.mailed_tokens import newest
from services.texts import say
from services.unit import Unit
from workers.letters import Part
from workers.mailed_tokens import code_part
from workers.posting import Draft, post
from workers.work import Work

SMTP_TIMEOUT_S: Final = 20.0
REFUSED_FOR_GOOD: Final = 500


class MailRefusedError(Exception):
    """The server will not take this mail, now or later: the address does not exist, or the content is refused."""


async def send_welcome(args: WelcomeMailArgs, work: Work) -> None:
    """Greet a new user, in both languages because the account has none yet, and ask them to verify the address."""
    user = await User.get(PydanticObjectId(args.user_id))
    if user is None:
        return
    mailed = await newest(user.id, MailPurpose.VERIFY)

    def part(language: Locale) -> list[Part]:
        hello = [
            say(language, "mail-hello", {"name": user.first_name}),
            say(language, "mail-welcome-text", {"username": user.username}),
        ]
        title = say(language, "mail-welcome-subject", {"school": work.tools.school})
        if mailed is None:
            return [Part(language, title, hello)]
        verify = code_part(work, user, mailed, language)
        return [replace(verify, title=title, lines=[*hello, *verify.lines[1:]])]

    await post(work, user, Draft(f"welcome.{user.id}", "mail-welcome-subject", part))


async def send_invitation(args: InvitationMailArgs, work: Work) -> None:
    """Bring the token with which its owner sets the password of a new account, in both languages."""
    invitation = await Invitation.get(PydanticObjectId(args.invitation_id))
    user = await User.get(invitation.user_id) if invitation else None
    course = await Course.get(invitation.course_id) if invitation else None
    if invitation is None or user is None or course is None:
        return
    token, until = token_of(invitation, work.tools.keys), f"{invitation.expires_at:%Y-%m-%d}"
    facts = {"course": course.title, "username": user.username, "until": until, "name": user.first_name}

    def part(language: Locale) -> list[Part]:
        ids = ("mail-hello", "mail-invitation-text", "mail-invitation-code")
        return [
            Part(
                language=language,
                title=say(language, "mail-invitation-subject"),
                lines=[say(language, one, facts) for one in ids],
                code=token,
                small=[
                    say(language, "mail-invitation-ignore"),
                    say(language, "mail-code-for-apps", {"path": "/api/v1/auth/accept-invite"}),
                ],
            )
        ]

    await post(work, user, Draft(f"invitation.{invitation.id}", "mail-invitation-subject", part))


class StoringMailer:
    """Keeps mails for /dev/mail; exactly once, because the mail commits with the job."""

    async def send(self, mail: Mail, unit: Unit) -> None:
        unit.insert(
            SentMail(
                id=mail.message_id,
                to_user_id=PydanticObjectId(mail.to_user_id),
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                at=unit.at,
            )
        )


class SmtpMailer:
    """Sends over SMTP; at least once, with a fixed Message-ID.

    `MailRefusedError` when the server refuses the address or the content for good (5xx); whatever else goes wrong may
    go right later.
    """

    def __init__(self, url: SecretStr, sender: str) -> None:
        self._url = url
        self._sender = sender

    async def send(self, mail: Mail, unit: Unit) -> None:
        server = urlsplit(self._url.get_secret_value())
        try:
            await aiosmtplib.send(
                _written(mail, self._sender, unit.at),
                hostname=server.hostname,
                port=server.port,
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=server.scheme == "smtps",
                timeout=SMTP_TIMEOUT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(one.code >= REFUSED_FOR_GOOD for one in error.recipients):
                raise MailRefusedError(_told(error.recipients[0])) from None
            raise
        except aiosmtplib.SMTPDataError as error:
            if error.code >= REFUSED_FOR_GOOD:
                raise MailRefusedError(_told(error)) from None
            raise


def _told(error: aiosmtplib.SMTPResponseException) -> str:
    """What the server said, without the address, which is nobody's business in a log."""
    return f"{error.code} {re.sub(r'[^ <>]+@[^ <>]+', '…', error.message)}"[:200]


def _written(mail: Mail, sender: str, at: datetime) -> EmailMessage:
    """The mail as text and, for readers who show it, as HTML. No machine need answer it (RFC 3834)."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.address, mail.subject
    message["Message-ID"], message["Date"], message["Auto-Submitted"] = mail.message_id, at, "auto-generated"
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message
