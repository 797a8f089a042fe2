"""Mails: what they say, and how they leave."""

from __future__ import annotations

from email.message import EmailMessage
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
from services.accounts.invitations import token_of
from services.accounts.mailed_tokens import newest
from services.accounts.registration import email_of
from services.unit import Unit
from workers.mailed_tokens import LANGUAGES, verification_text
from workers.work import Work

SMTP_TIMEOUT_S = 20.0

WELCOME_SUBJECT = "Welcome to Coursewire / Bienvenue sur Coursewire"
WELCOME_TEXT = """\
Hello {name},

your account "{username}" is ready.

Bonjour {name},

votre compte « {username} » est prêt.
"""

INVITATION_SUBJECT = "You are invited to a course / Vous êtes invité à un cours"
INVITATION_TEXT = """\
Hello {name},

your school has put you into the course "{course}". Your username is "{username}".
To come in, choose a password before {until}, with this code:

    {token}

Apps send it as POST /api/v1/auth/accept-invite {{"token": "…", "password": "…"}}.
If you do not know this school, ignore this mail.

Bonjour {name},

votre école vous a inscrit au cours « {course} ». Votre nom d’utilisateur est « {username} ».
Pour entrer, choisissez un mot de passe avant le {until}, avec ce code :

    {token}

Les applications l’envoient par POST /api/v1/auth/accept-invite {{"token": "…", "password": "…"}}.
Si vous ne connaissez pas cette école, ignorez ce message.
"""


async def send_welcome(args: WelcomeMailArgs, work: Work) -> None:
    """Greet a new user, in both languages because the account has none yet, and ask them to verify the address."""
    user = await User.get(PydanticObjectId(args.user_id))
    if user is None:
        return
    mailed = await newest(user.id, MailPurpose.VERIFY)
    verification = verification_text(work, mailed, LANGUAGES) if mailed else ""
    await work.tools.mailer.send(
        Mail(
            message_id=f"<welcome.{user.id}@coursewire>",
            to_user_id=str(user.id),
            address=email_of(user, work.tools.keys),
            subject=WELCOME_SUBJECT,
            text=WELCOME_TEXT.format(name=user.first_name, username=user.username) + verification,
        ),
        work.unit,
    )


async def send_invitation(args: InvitationMailArgs, work: Work) -> None:
    """Bring the token with which its owner sets the password of a new account, in both languages."""
    invitation = await Invitation.get(PydanticObjectId(args.invitation_id))
    user = await User.get(invitation.user_id) if invitation else None
    course = await Course.get(invitation.course_id) if invitation else None
    if invitation is None or user is None or course is None:
        return
    facts = {
        "name": user.first_name,
        "course": course.title,
        "username": user.username,
        "token": token_of(invitation, work.tools.keys),
        "until": f"{invitation.expires_at:%Y-%m-%d}",
    }
    await work.tools.mailer.send(
        Mail(
            message_id=f"<invitation.{invitation.id}@coursewire>",
            to_user_id=str(user.id),
            address=email_of(user, work.tools.keys),
            subject=INVITATION_SUBJECT,
            text=INVITATION_TEXT.format(**facts),
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
