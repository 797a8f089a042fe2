"""The mails that were not sent because no SMTP server is set; development only."""

from __future__ import annotations

from html import escape

from handlers.call import Bare, Call, Gate, Route
from models.unit import SentMail
from services.scopes import Scope

SHOWN = 50


async def list_mails(_call: Call[Scope, None]) -> Bare:
    """Show the newest mails."""
    mails = await SentMail.find().sort("-at").limit(SHOWN).to_list()
    articles = "".join(
        f"<article><h2>{escape(mail.subject)}</h2><p>{mail.at:%Y-%m-%d %H:%M:%S} UTC, to user {mail.to_user_id}</p>"
        f"<pre>{escape(mail.text)}</pre></article>"
        for mail in mails
    )
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mails</title>'
        f"<h1>Mails that would have been sent</h1>{articles or '<p>None yet.</p>'}</html>"
    )
    return Bare(page.encode(), content_type="text/html; charset=utf-8")


ROUTES = (Route("GET", "/dev/mail", list_mails, None, Gate.OPEN, at_root=True, media="text/html"),)
