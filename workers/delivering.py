"""What people were told leaves the app: gathered, written, sent, and written down."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

from beanie import PydanticObjectId

from models.deliveries import Digest
from models.notifications import Notification
from models.push import PushSubscription
from schemas.deliveries import DeliveryState
from schemas.jobs import DigestArgs, LeaveArgs
from schemas.mail import Mail, TextMessage
from schemas.push import PushMessage, PushOutcome, PushTarget
from services.accounts.registration import email_of
from services.crypto import digest_of
from services.notifications.digests import (
    SHOWN,
    Parcel,
    address_of,
    close_parcel,
    counted,
    headline,
    open_parcel,
    text_of,
)
from services.notifications.kinds import SPEC_OF_KIND
from services.notifications.leaving import gather
from services.notifications.timing import zone_of
from services.notifications.unsubscribing import token_for
from services.texts import say
from workers.letters import Foot, Item, Letter, Link, Part, as_html, as_text
from workers.mail import MailRefusedError
from workers.text_messages import shortened
from workers.work import Work

UNSUBSCRIBE = "/api/v1/notifications/unsubscribe"
TITLE_LENGTH, TEXT_LENGTH = 120, 240


class NoBrowserAnsweredError(Exception):
    """No browser of somebody could be reached just now; later one may be."""


async def leave(args: LeaveArgs, work: Work) -> None:
    """Bundle what is due to somebody by one channel, and have it sent."""
    await gather(work.unit, PydanticObjectId(args.user_id), args.channel, args.due_at)


async def mail_digest(args: DigestArgs, work: Work) -> None:
    """Mail what is new; at least once, always under the same Message-ID."""
    parcel = await open_parcel(await Digest.get(PydanticObjectId(args.digest_id)))
    if parcel is None:
        return
    if not parcel.told:
        close_parcel(work.unit, parcel, DeliveryState.SUPPRESSED)
        return
    try:
        await work.tools.mailer.send(_mail(parcel, work), work.unit)
    except MailRefusedError as refused:
        close_parcel(work.unit, parcel, DeliveryState.DEAD, str(refused))
    else:
        close_parcel(work.unit, parcel, DeliveryState.SENT)


def _mail(parcel: Parcel, work: Work) -> Mail:
    letter, unsubscribe = _letter(parcel, work), _unsubscribe(parcel, work)
    one_click = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Mail(
        message_id=f"<digest.{parcel.digest.id}@coursewire>",
        to_user_id=str(parcel.person.user.id),
        address=email_of(parcel.person.user, work.tools.keys),
        subject=letter.subject,
        text=as_text(letter),
        html=as_html(letter),
        headers=one_click if unsubscribe else {},
    )


def _unsubscribe(parcel: Parcel, work: Work) -> str | None:
    if work.tools.public_url is None:
        return None
    token = token_for(work.tools.keys, parcel.person.user.id, parcel.categories)
    return f"{work.tools.public_url}{UNSUBSCRIBE}?{urlencode({'token': token})}"


def _letter(parcel: Parcel, work: Work) -> Letter:
    language, told, home = parcel.language, parcel.told, work.tools.public_url
    part = _one(parcel, work) if len(told) == 1 else _several(parcel, work)
    links = []
    if home is not None:
        links.append(Link(say(language, "mail-digest-choose"), f"{home}/app/#/notifications/preferences"))
        links.append(Link(say(language, "mail-digest-end"), _unsubscribe(parcel, work) or ""))
    return Letter(
        subject=headline(language, told),
        preheader=text_of(language, "text" if len(told) == 1 else "title", told[0]),
        school=work.tools.school,
        parts=[part],
        foot=[Foot(language, say(language, "mail-digest-why"), links)],
    )


def _one(parcel: Parcel, work: Work) -> Part:
    language, only = parcel.language, parcel.told[0]
    return Part(
        language=language,
        title=text_of(language, "title", only),
        lines=[text_of(language, "text", only)],
        link=address_of(only.link, work.tools.public_url),
        action=say(language, "mail-digest-action"),
        repeats_title=True,
    )


def _several(parcel: Parcel, work: Work) -> Part:
    language, told = parcel.language, parcel.told
    more = len(told) - SHOWN
    return Part(
        language=language,
        title=say(language, "mail-digest-title"),
        lines=[counted(language, told)],
        items=[_item(parcel, one, work) for one in told[:SHOWN]],
        more=say(language, "mail-digest-more", {"count": more}) if more > 0 else None,
        link=address_of("/notifications", work.tools.public_url),
        action=say(language, "mail-digest-all"),
    )


def _item(parcel: Parcel, notification: Notification, work: Work) -> Item:
    local = notification.created_at.astimezone(zone_of(parcel.person.user))
    return Item(
        title=text_of(parcel.language, "title", notification),
        text=text_of(parcel.language, "text", notification),
        when=f"{local:%Y-%m-%d %H:%M}",
        link=address_of(notification.link, work.tools.public_url),
    )


async def push_digest(args: DigestArgs, work: Work) -> None:
    """Tell somebody's browsers what is new; those that do not exist any more are forgotten."""
    parcel = await open_parcel(await Digest.get(PydanticObjectId(args.digest_id)))
    if parcel is None:
        return
    browsers = await PushSubscription.find({"user_id": parcel.person.user.id}).to_list() if parcel.told else []
    pusher = work.tools.pusher
    if not browsers or pusher is None:
        close_parcel(work.unit, parcel, DeliveryState.SUPPRESSED, "no_browser")
        return
    targets = [_target(browser, work) for browser in browsers]
    outcomes = await asyncio.gather(*(pusher.push(one, _message(parcel), work.unit.at) for one in targets))
    for browser, outcome in zip(browsers, outcomes, strict=True):
        if outcome is PushOutcome.GONE:
            work.unit.remove(PushSubscription, {"_id": browser.id})
    if PushOutcome.TAKEN in outcomes:
        close_parcel(work.unit, parcel, DeliveryState.SENT)
    elif PushOutcome.BUSY in outcomes:
        raise NoBrowserAnsweredError(len(outcomes))
    else:
        close_parcel(work.unit, parcel, DeliveryState.DEAD, ", ".join(sorted(set(outcomes))))


def _target(browser: PushSubscription, work: Work) -> PushTarget:
    sealed = work.tools.keys.fields.open(browser.target_ct, "push_subscriptions", str(browser.id), "target")
    return PushTarget.model_validate_json(sealed)


def _message(parcel: Parcel) -> PushMessage:
    newest, is_single = parcel.told[0], len(parcel.told) == 1
    return PushMessage(
        title=headline(parcel.language, parcel.told)[:TITLE_LENGTH],
        text=text_of(parcel.language, "text" if is_single else "title", newest)[:TEXT_LENGTH],
        link=newest.link if is_single else "/notifications",
        tag=digest_of(newest.subject if is_single else "several")[:32],
        language=parcel.language,
        is_urgent=any(SPEC_OF_KIND[one.kind].urgent for one in parcel.told),
    )


async def hand_over_text(args: DigestArgs, work: Work) -> None:
    """Note that a text message is handed over, before it is: should the worker die then, nobody sends it again."""
    parcel = await open_parcel(await Digest.get(PydanticObjectId(args.digest_id)))
    if parcel is None or parcel.digest.state is DeliveryState.UNKNOWN:
        return
    if not parcel.told:
        close_parcel(work.unit, parcel, DeliveryState.SUPPRESSED)
        return
    close_parcel(work.unit, parcel, DeliveryState.UNKNOWN)
    work.unit.enqueue("sms.send", DigestArgs(digest_id=args.digest_id))


async def text_digest(args: DigestArgs, work: Work) -> None:
    """Send a text message to a verified number, at most once."""
    parcel = await open_parcel(await Digest.get(PydanticObjectId(args.digest_id)))
    if parcel is None or not parcel.told or parcel.person.user.phone_ct is None:
        return
    user = parcel.person.user
    await work.tools.texter.send(
        TextMessage(
            message_id=f"digest.{parcel.digest.id}",
            to_user_id=str(user.id),
            number=work.tools.keys.fields.open(parcel.person.user.phone_ct, "users", str(user.id), "phone"),
            text=shortened(f"{work.tools.school}: {headline(parcel.language, parcel.told)}"),
        ),
        work.unit,
    )
    close_parcel(work.unit, parcel, DeliveryState.SENT)
