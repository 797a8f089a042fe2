"""The one shape of every answer, success or error, REST or socket."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field

from schemas.page import Pagination
from schemas.types import Out

Data = TypeVar("Data")

Epoch = Annotated[str, Field(examples=["6923f1c2a4b5d6e7f8091a2b"])]
"""Tells this database's numbers from those of any other."""

Position = tuple[Epoch, int]
"""Where a stream stands: its epoch, and the number of its last event."""


class Envelope(Out, Generic[Data]):
    """Every success. `asOf` is where the streams of this snapshot stood before it was read."""

    success: Literal[True] = True
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

    success: Literal[False] = False
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
