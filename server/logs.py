"""Structured logs: one JSON object a line, with the request id that the answer carries."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from typing import Final

import orjson
import structlog

MAX_LINE: Final = 8 * 1024
MAX_VALUE, MAX_TRACE = 400, 2000
"""Of what makes a line too long; the end of a trace says most. Characters, of which some take six bytes."""

KEPT: Final = ("event", "level", "timestamp", "request_id", "method", "route", "status")

_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SECRET = re.compile(r"(eyJ|\b(?:rt|inv|ck)_|otpauth://)[A-Za-z0-9_\-./%:?=&@]+")
"""Tokens of ours that a library's message may quote: they are known by how they begin."""


def configure_logs(level: str) -> None:
    """Set up structlog, and send what libraries log the same way."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Forward()], force=True)


def _dump(event: Mapping[str, object], **_: object) -> str:
    line = _line(event)
    if len(line.encode()) <= MAX_LINE:
        return line
    line = _line({name: _cut(name, value) for name, value in event.items()})
    if len(line.encode()) <= MAX_LINE:
        return line
    return _line({name: event[name] for name in KEPT if name in event} | {"cut": True})


def _line(event: Mapping[str, object]) -> str:
    """One line for every reader: what some of them break lines at, or a terminal acts on, is spelled out."""
    text = orjson.dumps(event, default=str).decode()
    text = _SECRET.sub(r"\1…", text)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cut(name: str, value: object) -> object:
    if isinstance(value, int | float | None):
        return value
    text = str(value)
    if len(text) <= MAX_VALUE:
        return text
    return f"…{text[-MAX_TRACE:]}" if name == "exception" else f"{text[:MAX_VALUE]}…"


class _Forward(logging.Handler):
    """Hands records of the standard library's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library", text=record.getMessage(), exc_info=record.exc_info or None)
