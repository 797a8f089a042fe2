"""Codes of second factors, by mail and by text message."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.factors import Factor, FactorChallenge
from schemas.jobs import FactorCodeArgs
from schemas.mail import TextMessage
from schemas.types import Locale
from services.accounts.challenges import code_of
from services.texts import say
from workers.letters import Part
from workers.posting import Draft, post
from workers.work import Work


async def mail_code(args: FactorCodeArgs, work: Work) -> None:
    """Mail the code of an open question to the account's address; at least once, always the same code."""
    challenge, factor, user = await _asked(args, work)
    if challenge is None or factor is None or user is None:
        return
    said = code_of(challenge, work.tools.keys)
    await post(work, user, draft_of(said, work.tools.school, f"code.{challenge.id}"))


def draft_of(code: str, school: str, name: str) -> Draft:
    """The mail that brings a code; its text begins with it."""

    def part(language: Locale) -> list[Part]:
        title = say(language, "mail-code-subject", {"school": school})
        return [Part(language, title, [say(language, "mail-code-text", {"code": code, "school": school})], code=code)]

    return Draft(name, "mail-code-subject", part)


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
            text=_text(user, code_of(challenge, work.tools.keys), work.tools.school),
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


def _text(user: User, code: str, school: str) -> str:
    languages = [user.locale] if user.locale else list(Locale)
    return "\n".join(say(language, "mail-code-text", {"code": code, "school": school}) for language in languages)
