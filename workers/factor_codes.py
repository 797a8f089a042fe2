"""Codes of second factors, by mail and by text message."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.factors import Factor, FactorChallenge
from schemas.jobs import FactorCodeArgs
from schemas.mail import Mail, TextMessage
from schemas.types import Locale
from services.accounts.challenges import code_of
from services.accounts.registration import email_of
from workers.work import Work

SUBJECT = {Locale.ENGLISH: "Your code for Coursewire", Locale.FRENCH: "Votre code pour Coursewire"}
TEXT = {
    Locale.ENGLISH: "{code} is your code for Coursewire. It counts for ten minutes. Tell it to nobody.",
    Locale.FRENCH: "{code} est votre code pour Coursewire. Il vaut dix minutes. Ne le communiquez à personne.",
}


async def mail_code(args: FactorCodeArgs, work: Work) -> None:
    """Mail the code of an open question to the account's address; at least once, always the same code."""
    challenge, factor, user = await _asked(args, work)
    if challenge is None or factor is None or user is None:
        return
    await work.tools.mailer.send(
        Mail(
            message_id=f"<code.{challenge.id}@coursewire>",
            to_user_id=str(user.id),
            address=email_of(user, work.tools.keys),
            subject=" / ".join(SUBJECT[language] for language in _languages(user)),
            text=_text(user, code_of(challenge, work.tools.keys)),
        ),
        work.unit,
    )


async def text_code(args: FactorCodeArgs, work: Work) -> None:
    """Text the code of an open question to the factor's number, at most once."""
    challenge, factor, user = await _asked(args, work)
    if challenge is None or factor is None or user is None or factor.secret_ct is None:
        return
    await work.tools.texter.send(
        TextMessage(
            message_id=f"code.{challenge.id}",
            to_user_id=str(user.id),
            number=work.tools.keys.fields.open(factor.secret_ct, "factors", str(factor.id), "secret"),
            text=_text(user, code_of(challenge, work.tools.keys)),
        ),
        work.unit,
    )


async def _asked(args: FactorCodeArgs, work: Work) -> tuple[FactorChallenge | None, Factor | None, User | None]:
    """The question, its factor and whom it asks, as long as an answer would count."""
    challenge = await FactorChallenge.get(PydanticObjectId(args.challenge_id))
    if challenge is None or challenge.used_at is not None or challenge.expires_at <= work.unit.at:
        return None, None, None
    factor = await Factor.get(challenge.factor_id) if challenge and challenge.factor_id else None
    return challenge, factor, await User.get(factor.user_id) if factor else None


def _languages(user: User) -> list[Locale]:
    return [user.locale] if user.locale else list(Locale)


def _text(user: User, code: str) -> str:
    return "\n".join(TEXT[language].format(code=code) for language in _languages(user))
