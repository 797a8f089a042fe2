"""JSON Schema for the documents: our models as components, and a value that fits a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias

import orjson
from pydantic import BaseModel, JsonValue
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from schemas.types import OBJECT_ID

Json: TypeAlias = dict[str, Any]
"""A piece of a document, which is data for other programs."""

Mode: TypeAlias = Literal["validation", "serialization"]
Use: TypeAlias = tuple[type[BaseModel], Mode]

REF: Final = "#/components/schemas/{model}"
SOME_ID: Final = "65f0a1b2c3d4e5f60718293a"
SOME_INSTANT: Final = "2026-03-02T09:30:00Z"
SOME_SECONDS: Final = 1772443800.0
SOME_STREAM: Final = f"announcements/course:{SOME_ID}"

_TEXTS: Final[Mapping[str, str]] = {
    "accessToken": "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.c2ln",
    "content": "Tomorrow we meet in room 12.",
    "description": "Arrows, and what they do to an onion.",
    "email": "ada@school.example",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "left": SOME_STREAM,
    "message": "You may not do this here.",
    "password": "correct horse battery",
    "stream": SOME_STREAM,
    "streams": SOME_STREAM,
    "resume": SOME_STREAM,
    "asOf": SOME_STREAM,
    "title": "Room change",
    "token": "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiIxIn0.c2ln",
    "username": "ada",
}
"""What a reader recognises, by the name of the field."""


def readable(document: Json) -> str:
    """The document as a file for people and for `git diff`."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


class _Untitled(GenerateJsonSchema):
    """A field's name is title enough."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


class Vocabulary:
    """Every model that a document speaks of, as one set of components."""

    def __init__(self, uses: Iterable[Use]) -> None:
        refs, top = models_json_schema(list(dict.fromkeys(uses)), ref_template=REF, schema_generator=_Untitled)
        self._refs = refs
        self.schemas: Json = top.get("$defs", {})

    def ref(self, model: type[BaseModel], mode: Mode) -> Json:
        return dict(self._refs[model, mode])

    def schema_of(self, model: type[BaseModel], mode: Mode) -> Json:
        """The component itself."""
        schema: Json = self.schemas[_target(self.ref(model, mode))]
        return schema


def _target(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def sample(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> JsonValue:
    """A value that fits the schema and that a reader recognises. `name` is the field that it stands in."""
    if "$ref" in schema:
        return sample(schemas[_target(schema)], schemas, name)
    for given in ("examples", "enum"):
        if given in schema:
            first: JsonValue = schema[given][0]
            return first
    if "const" in schema or schema.get("default") is not None:
        fixed: JsonValue = schema.get("const", schema.get("default"))
        return fixed
    for either in ("anyOf", "oneOf"):
        if either in schema:
            return sample(schema[either][0], schemas, name)
    return _of_type(schema, schemas, name)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> JsonValue:
    plain: dict[str, JsonValue] = {"boolean": True, "number": SOME_SECONDS, "integer": int(schema.get("minimum", 1))}
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, name)
        case "array":
            return _list(schema, schemas, name)
        case "string":
            return _text(schema, name)
        case kind:
            return plain.get(str(kind))


def _list(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> JsonValue:
    """A tuple has a schema for each place: `prefixItems`, or in draft 7 a list of `items`."""
    parts = schema.get("prefixItems", schema.get("items", []))
    return [sample(part, schemas, name) for part in (parts if isinstance(parts, list) else [parts])]


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> JsonValue:
    if "properties" in schema:
        return {field: sample(part, schemas, field) for field, part in schema["properties"].items()}
    rest = schema.get("additionalProperties")
    return {_TEXTS.get(name, "database"): sample(rest, schemas)} if isinstance(rest, dict) and rest else {}


def _text(schema: Mapping[str, Any], name: str) -> str:
    if schema.get("format") == "date-time":
        return SOME_INSTANT
    if schema.get("pattern") == OBJECT_ID or name.endswith(("Id", "_id")) or name == "id":
        return SOME_ID
    if schema.get("pattern") == "^https://":
        return "https://school.example/picture.png"
    return _TEXTS.get(name.removeprefix("_"), "text")
