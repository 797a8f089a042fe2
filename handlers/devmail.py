"""The mails that were not sent because no SMTP server is set; development only."""

from __future__ import annotations

from html import escape
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from handlers.call import Bare, Call, Gate, Route
from models.unit import SentMail
from schemas.types import In
from services.errors import NotFound
from services.scopes import Scope

SHOWN = 50
AS_SENT = "/dev/mail/html"
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups; base-uri 'none'; frame-ancestors 'none'"
"""What a mail may do here: look as it does, and open its links elsewhere."""


class MailQuery(In):
    """Which mail."""

    id: Annotated[str, Field(max_length=200)]


async def list_mails(_call: Call[Scope, None]) -> Bare:
    """Show the newest mails."""
    mails = await SentMail.find().sort("-at").limit(SHOWN).to_list()
    articles = "".join(
        f"<article><h2>{escape(mail.subject)}</h2><p>{mail.at:%Y-%m-%d %H:%M:%S} UTC, to user {mail.to_user_id}"
        f"{_link(mail)}</p><pre>{escape(mail.text)}</pre></article>"
        for mail in mails
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mails</title>'
        f"<h1>Mails that would have been sent</h1>{articles or '<p>None yet.</p>'}</html>"
    )
    return Bare(page.encode(), content_type="text/html; charset=utf-8")


async def show_mail(call: Call[Scope, MailQuery]) -> Bare:
    """Show one mail as its reader would see it."""
    mail = await SentMail.get(call.input.id)
    if mail is None or mail.html is None:
        raise NotFound
    return Bare(mail.html.encode(), content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": ALONE})


def _link(mail: SentMail) -> str:
    return f', <a href="{AS_SENT}?{urlencode({"id": mail.id})}">as HTML</a>' if mail.html is not None else ""


ROUTES = (
    Route("GET", "/dev/mail", list_mails, None, Gate.OPEN, at_root=True, media="text/html"),
    Route(
        "GET",
        AS_SENT,
        show_mail,
        None,
        Gate.OPEN,
        query=MailQuery,
        at_root=True,
        raises=(NotFound,),
        media="text/html",
    ),
)
