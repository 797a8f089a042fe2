"""The readable page of the AsyncAPI document: no script, nothing from another address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import orjson

from server.vocabulary import Json


def events_page(document: Json) -> str:
    """Render the document: first its introduction, then each channel, then each message."""
    messages = document["components"]["messages"]
    body = [
        f"<h1>{escape(document['info']['title'])}</h1>",
        f"<p>{_prose(document['info']['description'])}</p>",
        '<p>The same for programs: <a href="/asyncapi.json">asyncapi.json</a>. REST: <a href="/docs">the API</a>.</p>',
        "<h2>Channels</h2>",
        *(_channel(channel, document, messages) for channel in document["channels"].values()),
        "<h2>Messages</h2>",
        *(_message(key, message) for key, message in messages.items()),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Coursewire live events</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/docs/assets/docs.css"></head><body><main>'
        f"{''.join(body)}</main></body></html>\n"
    )


def _channel(channel: Json, document: Json, messages: Mapping[str, Json]) -> str:
    said = {_key(one) for operation in _received(channel, document) for one in operation["messages"]}
    rows = [
        (_link(key, messages[key]), "you say" if key in said else "you are told", _prose(messages[key]["summary"]))
        for key in channel["messages"]
    ]
    about = f"<p>{_prose(channel['description'])}</p>"
    head = f"<h3><code>{escape(channel['address'])}</code></h3>"
    return f"<section>{head}{about}{_table(('message', 'direction', 'what it is'), rows)}</section>"


def _received(channel: Json, document: Json) -> Iterable[Json]:
    """The operations of this channel in which the client speaks."""
    channels = document["channels"]
    return (
        operation
        for operation in document["operations"].values()
        if operation["action"] == "receive" and channels[_key(operation["channel"])] is channel
    )


def _key(reference: Mapping[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _link(key: str, message: Json) -> str:
    return f'<a href="#{escape(key, quote=True)}"><code>{escape(message["name"])}</code></a>'


def _message(key: str, message: Json) -> str:
    facts = [
        (escape(name.removeprefix("x-")), _value(value)) for name, value in message.items() if name.startswith("x-")
    ]
    example = orjson.dumps(message["examples"][0]["payload"], option=orjson.OPT_INDENT_2).decode()
    return (
        f'<section id="{escape(key, quote=True)}"><h3><code>{escape(message["name"])}</code></h3>'
        f"<p>{_prose(message['summary'])}</p>{_table((), facts) if facts else ''}<pre>{escape(example)}</pre></section>"
    )


def _value(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return ", ".join(f"<code>{escape(str(one))}</code>" for one in values)


def _prose(text: str) -> str:
    """Escaped text, with `code` marked as such."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = "".join(f'<th scope="col">{name}</th>' for name in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{f'<thead><tr>{columns}</tr></thead>' if columns else ''}<tbody>{lines}</tbody></table>"
