"""Structured logs: one JSON object a line, with the request id that the answer carries."""

from __future__ import annotations

import logging
import sys

import orjson
import structlog


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


def _dump(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class _Forward(logging.Handler):
    """Hands records of the standard library's logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, "library", text=record.getMessage(), exc_info=record.exc_info or None)
