"""Every mail has one look, in both languages, for eyes and for ears, and asks nothing of the network."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from beanie import PydanticObjectId

from models.accounts import Invitation, User
from models.courses import Course
from models.deliveries import Delivery, Digest
from models.mailed_tokens import MailedToken
from models.notifications import Notification
from schemas.jobs import (
    DigestArgs,
    InvitationMailArgs,
    Notice,
    NoticeMailArgs,
    ResetMailArgs,
    VerificationMailArgs,
    WelcomeMailArgs,
)
from schemas.mail import Mail
from schemas.notifications import Cadence, Channel, NotificationKind
from schemas.types import CourseCategory, DifficultyLevel, Locale, now
from server.app import Core
from services.accounts.mailed_tokens import MailPurpose, issue
from services.unit import Unit
from tests.harness.outside import HOME, somebody, told
from workers import account_mail, delivering, factor_codes, mail, mailed_tokens
from workers.mail import StoringMailer
from workers.posting import post
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

NASTY = "<script>alert(1)</script> {{ 7 * 7 }} \" ' & </div>"


class Postbox(StoringMailer):
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail, unit: Unit) -> None:
        self.mails.append(mail)


async def token(core: Core, user: User, purpose: MailPurpose) -> MailedToken:
    unit = Unit(now())
    found = issue(unit, core.keys.ring, user, purpose, PydanticObjectId())
    await core.committer.commit(unit)
    return found


async def welcome(core: Core, user: User, work: Work) -> None:
    await token(core, user, MailPurpose.VERIFY)
    await mail.send_welcome(WelcomeMailArgs(user_id=str(user.id)), work)


async def verification(core: Core, user: User, work: Work) -> None:
    made = await token(core, user, MailPurpose.VERIFY)
    await mailed_tokens.send_verification(VerificationMailArgs(id=str(made.id), user_id=str(user.id)), work)


async def reset(core: Core, user: User, work: Work) -> None:
    args = ResetMailArgs(id=str(PydanticObjectId()), accounts=[user.email_bidx])
    await mailed_tokens.send_reset(args, work)


async def notice(core: Core, user: User, work: Work) -> None:
    args = NoticeMailArgs(
        id=str(PydanticObjectId()), user_id=str(user.id), notice=Notice.NEW_DEVICE, at=now(), ip_prefix="192.0.2.0/24"
    )
    await account_mail.send_notice(args, work)


async def invitation(core: Core, user: User, work: Work) -> None:
    at = now()
    course = Course(
        created_at=at,
        updated_at=at,
        title=NASTY,
        description="About it.",
        category=CourseCategory.OTHER,
        difficulty_level=DifficultyLevel.BEGINNER,
        instructor_id=user.id,
        search_text="",
    )
    await course.insert()
    found = Invitation(
        created_at=at,
        updated_at=at,
        user_id=user.id,
        course_id=course.id,
        nonce=b"1" * 16,
        secret_hash="0" * 64,
        expires_at=at + timedelta(days=14),
    )
    await found.insert()
    await mail.send_invitation(InvitationMailArgs(invitation_id=str(found.id)), work)


async def code(core: Core, user: User, work: Work) -> None:
    await post(work, user, factor_codes.draft_of("12345678", work.tools.school, "code.1"))


async def digest(core: Core, user: User, work: Work, count: int) -> None:
    at, made = now(), Digest(id=PydanticObjectId(), user_id=user.id, channel=Channel.EMAIL, window_start=now())
    await made.insert()
    kinds = (NotificationKind.MESSAGE_RECEIVED, NotificationKind.DEADLINE_NEAR)
    for number in range(count):
        one: Notification = told(user, None, at + timedelta(minutes=number), kind=kinds[number % 2]).notification
        one.facts = {
            **one.facts,
            "sender": NASTY if number == count - 1 else "Grace Hopper",
            "title": "Essay about rivers",
        }
        await one.insert()
        await Delivery(
            id=PydanticObjectId(),
            notification_id=one.id,
            user_id=user.id,
            channel=Channel.EMAIL,
            cadence=Cadence.DIGEST,
            state="claimed",
            due_at=at,
            digest_id=made.id,
            created_at=at,
        ).insert()
    await delivering.mail_digest(DigestArgs(digest_id=str(made.id)), work)


async def one(core: Core, user: User, work: Work) -> None:
    await digest(core, user, work, 1)


async def several(core: Core, user: User, work: Work) -> None:
    await digest(core, user, work, 23)


KINDS: Mapping[str, Callable[[Core, User, Work], Awaitable[None]]] = {
    "welcome": welcome,
    "verification": verification,
    "reset": reset,
    "notice": notice,
    "invitation": invitation,
    "code": code,
    "one": one,
    "several": several,
}


async def written(core: Core, kind: str, locale: Locale | None) -> Mail:
    """The mail of this kind to somebody whose name is meant to do harm."""
    user, postbox = await somebody(core, locale=locale, first_name=NASTY), Postbox()
    tools = Tools(core.keys.ring, postbox, StoringTexter(), public_url=HOME)
    await KINDS[kind](core, user, Work(Unit(now()), tools))
    [found] = postbox.mails
    return found


class Outline(HTMLParser):
    """What a document is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        self.inside.append(self.tags[-1][0])

    @property
    def title(self) -> str:
        return "".join(text for text, inside in zip(self.texts, self.inside, strict=True) if inside == "title")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", Locale)
async def test_a_mail_can_be_read_by_everybody(core: Core, kind: str, locale: Locale):
    """Its language, a title, a heading, real links with a text, and the same in plain text."""
    mail = await written(core, kind, locale)
    outline = Outline(mail.html)
    assert [one["lang"] for one in outline.all("html")] == [locale.value]
    assert outline.title == mail.subject
    assert len(outline.all("h1")) == 1
    assert all(one["href"].startswith(f"{HOME}/") for one in outline.all("a"))
    assert all(one.get("role") == "presentation" for one in outline.all("table"))
    assert {"light dark"} == {one["content"] for one in outline.all("meta") if "scheme" in (one.get("name") or "")}
    assert len(mail.text.splitlines()) > 3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mail_asks_nothing_of_the_network_and_runs_nothing(core: Core, kind: str):
    """No picture, font, style or script from elsewhere; and what people wrote stays text."""
    mail = await written(core, kind, None if kind not in {"one", "several"} else Locale.ENGLISH)
    outline = Outline(mail.html)
    assert {"script", "link", "img", "iframe", "form", "object"}.isdisjoint(tag for tag, _ in outline.tags)
    assert not re.search(r"@import|url\(|src=", mail.html)
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)
    if kind != "code":
        assert NASTY in "".join(outline.texts)
        assert NASTY in mail.text


@pytest.mark.parametrize("kind", ["welcome", "verification", "reset", "notice", "invitation", "code"])
async def test_whoever_has_chosen_no_language_is_written_to_in_both(core: Core, kind: str):
    """Each part says in which; the subject has both."""
    mail = await written(core, kind, None)
    named = [one["lang"] for one in Outline(mail.html).all("div") if one.get("lang")]
    assert {"en", "fr"} <= set(named)
    assert " / " in mail.subject


async def test_mails_of_notifications_can_be_ended_with_one_click(core: Core):
    """RFC 8058, in the headers and as a link; mails about one's account cannot."""
    mail, reset_mail = await written(core, "several", Locale.FRENCH), await written(core, "reset", Locale.FRENCH)
    address = mail.headers["List-Unsubscribe"].strip("<>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address.startswith(f"{HOME}/api/v1/notifications/unsubscribe?token=unsub_")
    assert address in [one["href"] for one in Outline(mail.html).all("a")]
    assert address in mail.text
    assert reset_mail.headers == {}
