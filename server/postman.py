"""A Postman collection (format 2.1) of the OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, Final

import orjson

from server.vocabulary import Json

FORMAT: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
KEEP_TOKEN: Final = (
    "const reply = pm.response.json();",
    "if (reply.success && reply.data.accessToken) {",
    '  pm.collectionVariables.set("token", reply.data.accessToken);',
    "}",
)
"""Run after a sign-in: the calls that follow carry its token."""

_PATH_ID: Final = re.compile(r"\{(\w+)\}")


def postman_collection(document: Json, base_url: str = "http://127.0.0.1:8000") -> Json:
    """A folder for each tag, in the order of the document; bodies are its examples."""
    folders: dict[str, list[Json]] = defaultdict(list)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            folders[operation["tags"][0]].append(_item(path, method, operation, document))
    described = {tag["name"]: tag["description"] for tag in document["tags"]}
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "version": document["info"]["version"],
            "schema": FORMAT,
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": "baseUrl", "value": base_url}, {"key": "token", "value": ""}],
        "item": [{"name": tag, "description": described[tag], "item": items} for tag, items in folders.items()],
    }


def _item(path: str, method: str, operation: Json, document: Json) -> Json:
    request: Json = {
        "method": method.upper(),
        "description": f"{operation['summary']} {operation['description']}",
        "header": [],
        "url": _url(path, operation, document),
    }
    if operation["security"] in ([], [{}]):
        request["auth"] = {"type": "noauth"}
    if "requestBody" in operation:
        example = operation["requestBody"]["content"]["application/json"].get("example", {})
        text = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": text, "options": {"raw": {"language": "json"}}}
    item: Json = {"name": operation["operationId"], "request": request, "response": []}
    if _opens_session(operation):
        script = {"type": "text/javascript", "exec": list(KEEP_TOKEN)}
        item["event"] = [{"listen": "test", "script": script}]
    return item


def _opens_session(operation: Json) -> bool:
    """Whether the reply is a session, whose token is to be kept."""
    success = operation["responses"].get("200", operation["responses"].get("201", {}))
    schema = success.get("content", {}).get("application/json", {}).get("schema", {})
    data = schema.get("properties", {}).get("data", {})
    return str(data.get("$ref", "")).endswith(("/SessionOut", "/SignInOut"))


def _url(path: str, operation: Json, document: Json) -> Json:
    parameters = [_resolved(parameter, document) for parameter in operation["parameters"]]
    parts = _PATH_ID.sub(r":\1", path).strip("/").split("/")
    query = [
        {"key": one["name"], "value": str(one.get("example", "")), "disabled": not one["required"]}
        for one in parameters
        if one["in"] == "query"
    ]
    ids = [{"key": one["name"], "value": one["example"]} for one in parameters if one["in"] == "path"]
    raw = "/".join(["{{baseUrl}}", *parts])
    return {"raw": raw, "host": ["{{baseUrl}}"], "path": parts, "query": query, "variable": ids}


def _resolved(parameter: Json, document: Json) -> Any:
    if "$ref" not in parameter:
        return parameter
    return document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]
