"""The AsyncAPI 3.0 document: what is told live (EVENTS), what may be said (COMMANDS), and what is answered."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from handlers.call import Route
from realtime.commands import COMMANDS, Command
from schemas.events import EVENTS, Delivery, EventSpec
from schemas.realtime import (
    FEED_NOTICES,
    NOTICES,
    ConnectIn,
    EphemeralOut,
    NoticeSpec,
    NumberedOut,
    RedactedOut,
    RefusalOut,
)
from schemas.streams import TOPIC_NAMESPACES, Namespace, Topic
from server.health import VERSION
from server.vocabulary import Json, Use, Vocabulary, sample
from services.errors import (
    AnotherUser,
    DomainError,
    OriginNotAllowed,
    RateLimited,
    TooManyConnections,
    TooManyStreams,
    UnknownCommand,
    UnknownNamespace,
    WebSocketOnly,
)

LIVE_REFUSALS: Final[tuple[type[DomainError], ...]] = (
    AnotherUser,
    OriginNotAllowed,
    RateLimited,
    TooManyConnections,
    TooManyStreams,
    UnknownCommand,
    UnknownNamespace,
    WebSocketOnly,
)
"""What only live clients are refused with, beside the refusals that REST has too."""

INTRODUCTION: Final = """\
Socket.IO over WebSocket only: `io(url + "/announcements", {transports: ["websocket"], auth: {token, resume}})`. A
channel is a namespace. A command is answered by an ack: `{ok: true, data}` or `{ok: false, error}`. Every numbered
event carries `_stream, _seq, _epoch, _at, _id, _version`: apply it if `_seq` follows the last one, drop a smaller one,
and answer a larger one with `sync`. Events of `x-delivery: ephemeral` have no number: they are told once, and may be
lost. Readers without WebSocket get the same events as server-sent events: `event:` is
the name, `data:` the same object, `id:` an opaque cursor."""

_TUPLE: Final = "prefixItems"


def asyncapi_document(routes: Sequence[Route]) -> Json:
    """Describe every namespace, and the rows of `routes` that answer with a stream of events."""
    words = Vocabulary(_uses())
    schemas = {name: _for_draft_7(schema) for name, schema in words.schemas.items()}
    schemas |= {spec.payload.__name__: _told(spec, schemas) for spec in EVENTS}
    messages = {key: {**message, "examples": [_example(key, message, schemas)]} for key, message in _messages(words)}
    feeds = [route for route in routes if route.streams]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Coursewire live",
            "version": VERSION,
            "description": INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "live": {
                "host": "localhost:8000",
                "pathname": "/socket.io/",
                "protocol": "wss",
                "description": "The host that serves the API; `ws` without TLS, in development.",
            }
        },
        "channels": {**{name.value: _channel(name) for name in Namespace}, **{_feed_key(r): _feed(r) for r in feeds}},
        "operations": dict(_operations(feeds)),
        "components": {"schemas": dict(sorted(schemas.items())), "messages": messages},
    }


def _uses() -> Iterator[Use]:
    for spec in EVENTS:
        yield spec.payload, "validation"  # what did not change is absent, not null
    for command in COMMANDS:
        yield command.body, "validation"
        yield command.reply, "serialization"
    yield ConnectIn, "validation"
    for notice in FEED_NOTICES:
        yield notice.payload, "serialization"
    yield NumberedOut, "validation"
    yield RedactedOut, "validation"
    yield EphemeralOut, "validation"


def _for_draft_7(schema: Any) -> Any:
    """AsyncAPI's own schemas are of draft 7, where a tuple is a list of `items`."""
    if isinstance(schema, list):
        return [_for_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    names = {_TUPLE: "items"}
    return {names.get(key, key): _for_draft_7(value) for key, value in schema.items()}


def _told(spec: EventSpec, schemas: Mapping[str, Any]) -> Json:
    """The payload with the keys that every numbered event carries, or those keys and nothing of the payload.

    What has no number is never emptied either: it is not kept.
    """
    payload, keys, redacted = (schemas[kind.__name__] for kind in (spec.payload, NumberedOut, RedactedOut))
    if spec.delivery is Delivery.EPHEMERAL:
        whole = _joined(payload, schemas[EphemeralOut.__name__])
        return {"title": spec.payload.__name__, "description": payload["description"], **whole}
    return {
        "title": spec.payload.__name__,
        "description": payload["description"],
        "oneOf": [_joined(payload, keys), _joined(redacted, keys)],
    }


def _joined(*parts: Mapping[str, Any]) -> Json:
    return {
        "type": "object",
        "properties": {name: part for schema in parts for name, part in schema["properties"].items()},
        "required": [name for schema in parts for name in schema.get("required", ())],
        "additionalProperties": False,
    }


def _messages(words: Vocabulary) -> Iterator[tuple[str, Json]]:
    for spec in EVENTS:
        yield spec.payload.__name__, _event(spec)
    for notice in FEED_NOTICES:
        yield notice.name, _notice(notice, words)
    for command in COMMANDS:
        payload = words.ref(command.body, "validation")
        yield command.name, _message(command.name, _first_line(command.run), payload)
        yield f"{command.name}.ack", _ack(command, words)
    yield "connect", _message("connect", _first_line(ConnectIn), words.ref(ConnectIn, "validation"))
    yield "connect_error", _connect_error(words)


def _message(name: str, summary: str, payload: Json) -> Json:
    return {"name": name, "title": name, "summary": summary, "payload": payload}


def _event(spec: EventSpec) -> Json:
    payload = {"$ref": f"#/components/schemas/{spec.payload.__name__}"}
    return {
        **_message(spec.name, _first_line(spec.payload), payload),
        "x-version": spec.version,
        "x-delivery": spec.delivery.value,
        "x-streams": list(spec.audience.value),
    }


def _notice(notice: NoticeSpec, words: Vocabulary) -> Json:
    payload = words.ref(notice.payload, "serialization")
    return {**_message(notice.name, _first_line(notice.payload), payload), "x-delivery": "ephemeral"}


def _ack(command: Command, words: Vocabulary) -> Json:
    done = {"ok": {"type": "boolean", "const": True}, "data": words.ref(command.reply, "serialization")}
    refused = {"ok": {"type": "boolean", "const": False}, "error": words.ref(RefusalOut, "serialization")}
    both = [
        {"type": "object", "properties": part, "required": list(part), "additionalProperties": False}
        for part in (done, refused)
    ]
    return _message(f"{command.name}.ack", f"What `{command.name}` is answered.", {"oneOf": both})


def _connect_error(words: Vocabulary) -> Json:
    part = {"message": {"type": "string"}, "data": words.ref(RefusalOut, "serialization")}
    payload = {"type": "object", "properties": part, "required": list(part)}
    codes = [kind.code for kind in LIVE_REFUSALS]
    return {**_message("connect_error", "Why a namespace was not joined.", payload), "x-codes": codes}


def _example(key: str, message: Mapping[str, Any], schemas: Mapping[str, Any]) -> Json:
    return {"name": key.replace(".", "_"), "payload": sample(message["payload"], schemas)}


def _told_in(namespaces: Iterable[Namespace]) -> list[EventSpec]:
    wanted = {str(namespace) for namespace in namespaces}
    return [spec for spec in EVENTS if wanted & {stream.partition("/")[0] for stream in spec.audience.value}]


def _said_in(namespace: Namespace) -> list[Command]:
    return [command for command in COMMANDS if namespace in command.namespaces]


def _keys_told(namespaces: Iterable[Namespace], notices: Sequence[NoticeSpec] = NOTICES) -> list[str]:
    return [*(spec.payload.__name__ for spec in _told_in(namespaces)), *(notice.name for notice in notices)]


def _channel(namespace: Namespace) -> Json:
    said = [name for command in _said_in(namespace) for name in (command.name, f"{command.name}.ack")]
    keys = [*_keys_told([namespace]), *said, "connect", "connect_error"]
    return {
        "address": f"/{namespace}",
        "title": f"Namespace /{namespace}",
        "description": "Joined by a CONNECT with a token; holds the user's own stream from then on.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
    }


def _feed_key(route: Route) -> str:
    return str(getattr(route.handler, "__name__", route.path))


def feed_topics(route: Route) -> frozenset[Topic]:
    """The topics of a row: the one that its path names, or all where the reader chooses."""
    return frozenset(topic for topic in Topic if topic in route.path) or frozenset(Topic)


def _feed_namespaces(route: Route) -> frozenset[Namespace]:
    return frozenset().union(*(TOPIC_NAMESPACES[topic] for topic in feed_topics(route)))


def _feed(route: Route) -> Json:
    keys = _keys_told(_feed_namespaces(route), FEED_NOTICES)
    return {
        "address": route.paths[0],
        "title": f"Server-sent events at {route.paths[0]}",
        "description": f"{_first_line(route.handler)} A GET; its parameters are in /openapi.json.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in keys},
        "x-transport": "text/event-stream",
        "x-topics": sorted(feed_topics(route)),
    }


def _operations(feeds: Iterable[Route]) -> Iterator[tuple[str, Json]]:
    for namespace in Namespace:
        yield f"tell_{namespace}", _operation("send", namespace, _keys_told([namespace]), "What is told here.")
        yield f"connect_{namespace}", _operation("receive", namespace, ["connect"], _first_line(ConnectIn))
        for command in _said_in(namespace):
            key = f"{command.name.replace('.', '_')}_{namespace}"
            operation = _operation("receive", namespace, [command.name], _first_line(command.run))
            channel = {"$ref": f"#/channels/{namespace}"}
            answer = {"$ref": f"#/channels/{namespace}/messages/{command.name}.ack"}
            permission = str(command.requires or "signed in")
            yield key, {**operation, "reply": {"channel": channel, "messages": [answer]}, "x-permission": permission}
    for route in feeds:
        key, keys = _feed_key(route), _keys_told(_feed_namespaces(route), FEED_NOTICES)
        yield f"tell_{key}", _operation("send", key, keys, _first_line(route.handler))


def _operation(action: str, channel: str, keys: Iterable[str], summary: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in keys],
    }


def _first_line(described: object) -> str:
    return (inspect.getdoc(described) or "").partition("\n")[0]
