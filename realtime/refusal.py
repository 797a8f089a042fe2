"""A refusal as live clients get it: in acks, in `connect_error`, and inside a stream of events."""

from __future__ import annotations

import math

from pydantic import JsonValue

from schemas.realtime import RefusalOut
from services.errors import DomainError


def refusal_fields(error: DomainError, request_id: str, language: str) -> dict[str, JsonValue]:
    """The same fields as a refusal over REST."""
    refusal = RefusalOut(
        code=error.code,
        message=error.text(language),
        status=int(error.status),
        category=error.category(),
        retryable=error.retryable,
        fields=list(error.fields),
        request_id=request_id,
        retry_after=None if error.retry_after_s is None else math.ceil(error.retry_after_s * 1000) / 1000,
    )
    return refusal.model_dump(by_alias=True, exclude_none=True)
