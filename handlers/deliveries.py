"""The end of mails, over the link that stands in each of them: nobody signs in for that."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from handlers.call import Bare, Call, Gate, Route
from schemas.deliveries import UnsubscribeQuery
from schemas.notifications import Category
from schemas.types import Locale
from services.notifications.delivery_errors import UnsubscribeUnknown
from services.notifications.unsubscribing import check, unsubscribe
from services.scopes import Scope
from services.texts import say

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
}
PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
    '<link rel="stylesheet" href="/web/app/style.css"></head>'
    "<body><main><section><h1>{title}</h1><p>{text}</p>{form}</section></main></body></html>"
)


async def ask_to_unsubscribe(call: Call[Scope, UnsubscribeQuery]) -> Bare:
    """Show what the link ends, with a button that ends it; machines that look at links change nothing."""
    _, categories = check(call.scope.keys, call.input.token)
    language = Locale(call.caller.language)
    button = f'<form method="post"><button>{escape(say(language, "unsubscribe-yes"))}</button></form>'
    return _page(language, "unsubscribe-title", "unsubscribe-what", categories, button)


async def end_mails(call: Call[Scope, UnsubscribeQuery]) -> Bare:
    """End the mails that the link names, at once (RFC 8058); whatever the body says."""
    categories = await unsubscribe(call.scope, call.input.token)
    return _page(Locale(call.caller.language), "unsubscribe-done-title", "unsubscribe-done", categories)


def _page(language: Locale, title: str, text: str, categories: Sequence[Category], form: str = "") -> Bare:
    named = ", ".join(say(language, f"unsubscribe-category-{category}") for category in categories)
    page = PAGE.format(
        language=language,
        title=escape(say(language, title)),
        text=escape(say(language, text, {"categories": named})),
        form=form,
    )
    return Bare(page.encode(), content_type="text/html; charset=utf-8", headers=HEADERS)


UNSUBSCRIBE = "/notifications/unsubscribe"

ROUTES = (
    Route(
        "GET",
        UNSUBSCRIBE,
        ask_to_unsubscribe,
        None,
        Gate.OPEN,
        query=UnsubscribeQuery,
        raises=(UnsubscribeUnknown,),
        media="text/html",
    ),
    Route(
        "POST",
        UNSUBSCRIBE,
        end_mails,
        None,
        Gate.OPEN,
        query=UnsubscribeQuery,
        raises=(UnsubscribeUnknown,),
        media="text/html",
    ),
)
