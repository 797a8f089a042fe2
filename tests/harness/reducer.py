"""What a client does with events, as the contract says it: the model that the JavaScript client is held against."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

Feed = MutableMapping[str, dict[str, Any]]


def shown(payload: Mapping[str, Any]) -> dict[str, Any]:
    version = payload.get("version", payload.get("_version"))
    return {"title": payload["title"], "content": payload["content"], "version": version}


def applied(feed: Feed, name: str, payload: Mapping[str, Any]) -> None:
    """Change the feed as an event says: states, not differences, so that a repeat does no harm."""
    if payload.get("_redacted") or not name.startswith("announcement."):
        return
    if name in {"announcement.withdrawn", "announcement.expired"}:
        feed.pop(payload["announcementId"], None)
    elif payload["_version"] > feed.get(payload["announcementId"], {"version": 0})["version"]:
        feed[payload["announcementId"]] = shown(payload)


def judged(position: tuple[str, int] | None, payload: Mapping[str, Any]) -> str:
    """Apply the next number, drop a smaller one; a larger one is a gap, another epoch a reset."""
    if position is None:
        return "apply"
    if payload["_epoch"] != position[0]:
        return "reset"
    behind = payload["_seq"] - position[1]
    return "drop" if behind <= 0 else "apply" if behind == 1 else "gap"
