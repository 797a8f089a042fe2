"""ETag, If-Match and If-None-Match (RFC 9110 8.8.3, 13.1).

An ETag is `"<version>.<digest>"`: If-None-Match compares all of it, If-Match only the version, so that two
viewers who see different parts of an object can both change it.
"""

from __future__ import annotations

import re

from aiohttp import web

from models.base import Record
from services.errors import VersionMismatch

_TAG = re.compile(r'(?:W/)?"((\d{1,15})\.[0-9a-f]+)"')


def etag(subject: Record | None, digest: str) -> str:
    return f'"{subject.version if subject else 0}.{digest}"'


def check_if_match(request: web.Request, subject: Record | None) -> None:
    """Refuse with `VersionMismatch` when If-Match names other versions than the present one."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return
    versions = {int(match[2]) for match in _TAG.finditer(header)}
    if subject is None or subject.version not in versions:
        raise VersionMismatch


def is_unchanged(request: web.Request, tag: str) -> bool:
    """Whether If-None-Match already holds exactly this."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    return header.strip() == "*" or tag.strip('"') in {match[1] for match in _TAG.finditer(header)}
