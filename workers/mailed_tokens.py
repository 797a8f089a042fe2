"""Mails that carry a token: for a new password, and for the proof of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from models.mailed_tokens import MailedToken, MailPurpose
from schemas.jobs import ResetMailArgs, VerificationMailArgs
from schemas.mail import Mail
from schemas.types import Locale
from services.accounts.mailed_tokens import issue, token_of
from services.accounts.registration import email_of
from workers.work import Work

LANGUAGES: Final = tuple(Locale)

RESET_SUBJECT: Final = {Locale.ENGLISH: "A new password", Locale.FRENCH: "Un nouveau mot de passe"}
RESET_TEXT: Final = {
    Locale.ENGLISH: "Hello {name},\n\nsomebody has asked for a new password for your account. "
    "Choose one within 30 minutes, with this code:\n\n{code}\n"
    'Apps send it as POST /api/v1/auth/reset {{"token": "…", "password": "…"}}.\n'
    "If it was not you, ignore this mail: your password stays as it is.\n",
    Locale.FRENCH: "Bonjour {name},\n\nquelqu’un a demandé un nouveau mot de passe pour votre compte. "
    "Choisissez-le dans les 30 minutes, avec ce code :\n\n{code}\n"
    'Les applications l’envoient par POST /api/v1/auth/reset {{"token": "…", "password": "…"}}.\n'
    "Si ce n’était pas vous, ignorez ce message : votre mot de passe reste le même.\n",
}

VERIFY_SUBJECT: Final = {Locale.ENGLISH: "Is this your address?", Locale.FRENCH: "Est-ce votre adresse ?"}
VERIFY_TEXT: Final = {
    Locale.ENGLISH: "\nPlease confirm within three days that this address is yours, with this code:\n\n{code}\n"
    'Apps send it as POST /api/v1/auth/verify-email {{"token": "…"}}.\n'
    "If you have no account here, ignore this mail.\n",
    Locale.FRENCH: "\nConfirmez dans les trois jours que cette adresse est la vôtre, avec ce code :\n\n{code}\n"
    'Les applications l’envoient par POST /api/v1/auth/verify-email {{"token": "…"}}.\n'
    "Si vous n’avez pas de compte ici, ignorez ce message.\n",
}


async def send_reset(args: ResetMailArgs, work: Work) -> None:
    """Bring the token to the owner of the address, if there is one; this is where anybody first looks."""
    user = await User.find_one({"email_bidx": {"$in": args.accounts}})
    if user is None or not user.is_active:
        return
    mailed = issue(work.unit, work.tools.keys, user, MailPurpose.RESET, PydanticObjectId(args.id))
    languages = _languages(user)
    facts = {"name": user.first_name, "code": _code(work, mailed)}
    text = "\n".join(RESET_TEXT[language].format_map(facts) for language in languages)
    await work.tools.mailer.send(_mail(f"reset.{args.id}", user, work, _in(RESET_SUBJECT, languages), text), work.unit)


async def send_verification(args: VerificationMailArgs, work: Work) -> None:
    """Bring the token that proves an address to its reader."""
    user = await User.get(PydanticObjectId(args.user_id))
    mailed = await MailedToken.get(PydanticObjectId(args.id)) if user else None
    if user is None or mailed is None or mailed.used_at is not None:
        return
    languages = _languages(user)
    text = verification_text(work, mailed, languages)
    await work.tools.mailer.send(
        _mail(f"verification.{mailed.id}", user, work, _in(VERIFY_SUBJECT, languages), text), work.unit
    )


def verification_text(work: Work, mailed: MailedToken, languages: Sequence[Locale]) -> str:
    """What asks the reader to prove the address."""
    return "".join(VERIFY_TEXT[language].format(code=_code(work, mailed)) for language in languages)


def _code(work: Work, mailed: MailedToken) -> str:
    """The token, and the page that takes it where its address is known; after `#` it reaches no server's log."""
    token = token_of(mailed, work.tools.keys)
    link = f"    {work.tools.public_url}/app/#/{mailed.purpose}?token={token}\n" if work.tools.public_url else ""
    return f"    {token}\n{link}"


def _languages(user: User) -> Sequence[Locale]:
    return [user.locale] if user.locale else LANGUAGES


def _in(texts: Mapping[Locale, str], languages: Sequence[Locale]) -> str:
    return " / ".join(texts[language] for language in languages)


def _mail(name: str, user: User, work: Work, subject: str, text: str) -> Mail:
    return Mail(
        message_id=f"<{name}@coursewire>",
        to_user_id=str(user.id),
        address=email_of(user, work.tools.keys),
        subject=subject,
        text=text,
    )
