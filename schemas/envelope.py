"""The one shape of every answer, success or error, REST or socket."""

from __future__ import annotations

from typing import Generic, TypeVar

from schemas.page import Pagination
from schemas.types import Out

Data = TypeVar("Data")

Position = tuple[str, int]
"""Where a stream stands: its epoch, and the number of its last event."""


class Envelope(Out, Generic[Data]):
    """Every success. `asOf` is where the streams of this snapshot stood before it was read."""

    success: bool = True
    data: Data
    message: str
    pagination: Pagination | None = None
    as_of: dict[str, Position] | None = None
    request_id: str


class FieldError(Out):
    """One wrong field: `path` is dotted, `code` is for programs."""

    path: str
    code: str
    message: str


class ErrorBody(Out):
    """Every error. `error` and `message` carry the same text, for readers of either name."""

    success: bool = False
    data: None = None
    error: str
    message: str
    status: int
    code: str
    category: str
    details: list[str]
    fields: list[FieldError]
    retryable: bool
    request_id: str
