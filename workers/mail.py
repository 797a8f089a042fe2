"""Mails: what they say, and how they leave."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
from beanie import PydanticObjectId
from pydantic import SecretStr

from models.accounts import User
from models.unit import SentMail
from schemas.jobs import WelcomeMailArgs
from schemas.mail import Mail
from services.accounts.registration import email_of
from services.unit import Unit
from workers.work import Work

SMTP_TIMEOUT_S = 20.0

WELCOME_SUBJECT = "Welcome to Coursewire / Bienvenue sur Coursewire"
WELCOME_TEXT = """\
Hello {name},

your account "{username}" is ready.

Bonjour {name},

votre compte « {username} » est prêt.
"""


async def send_welcome(args: WelcomeMailArgs, work: Work) -> None:
    """Greet a new user, in both languages because the account has none yet."""
    user = await User.get(PydanticObjectId(args.user_id))
    if user is None:
        return
    await work.mailer.send(
        Mail(
            message_id=f"<welcome.{user.id}@coursewire>",
            to_user_id=str(user.id),
            address=email_of(user, work.keys),
            subject=WELCOME_SUBJECT,
            text=WELCOME_TEXT.format(name=user.first_name, username=user.username),
        ),
        work.unit,
    )


class StoringMailer:
    """Keeps mails for /dev/mail; exactly once, because the mail commits with the job."""

    async def send(self, mail: Mail, unit: Unit) -> None:
        unit.insert(
            SentMail(
                id=mail.message_id,
                to_user_id=PydanticObjectId(mail.to_user_id),
                subject=mail.subject,
                text=mail.text,
                at=unit.at,
            )
        )


class SmtpMailer:
    """Sends over SMTP; at least once, with a fixed Message-ID."""

    def __init__(self, url: SecretStr, sender: str) -> None:
        self._url = url
        self._sender = sender

    async def send(self, mail: Mail, unit: Unit) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.address, mail.subject
        message["Message-ID"], message["Date"] = mail.message_id, unit.at
        message.set_content(mail.text)
        server = urlsplit(self._url.get_secret_value())
        await aiosmtplib.send(
            message,
            hostname=server.hostname,
            port=server.port,
            username=unquote(server.username) if server.username else None,
            password=unquote(server.password) if server.password else None,
            use_tls=server.scheme == "smtps",
            timeout=SMTP_TIMEOUT_S,
        )
