"""Which refusals a row of ROUTES can answer with: what follows from the row, and what it declares itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from handlers.call import Gate, Route
from services.accounts.errors import SessionOutdated
from services.errors import (
    AccountSuspended,
    AmbiguousField,
    BadRequest,
    BodyTooLarge,
    Conflict,
    CrossOrigin,
    DomainError,
    Forbidden,
    IdempotencyMismatch,
    InternalError,
    InvalidInput,
    MalformedJson,
    MethodNotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    RequestTimeout,
    SessionEnded,
    StepUpRequired,
    Unavailable,
    UnsupportedMediaType,
    VersionMismatch,
)

ANYWHERE: Final[tuple[type[DomainError], ...]] = (BadRequest, InternalError, Unavailable)
"""Every row."""

NOWHERE: Final[tuple[type[DomainError], ...]] = (MethodNotAllowed, NotFound)
"""What an address without a row, or a method without one, is answered."""


def refusals(route: Route) -> tuple[type[DomainError], ...]:
    """Every class of refusal that the row can answer with, by code."""
    return tuple(sorted({*ANYWHERE, *route.raises, *_of_caller(route), *_of_input(route)}, key=lambda kind: kind.code))


def takes_retry_key(route: Route) -> bool:
    """Whether an Idempotency-Key counts here."""
    return route.method == "POST" and route.stored and route.requires is not Gate.OPEN


def is_limited(route: Route) -> bool:
    """Whether calls are counted, and answers say what is left."""
    return not route.at_root


def _of_caller(route: Route) -> Iterator[type[DomainError]]:
    if is_limited(route) and not route.streams:
        yield RateLimited
    if route.is_write:
        yield CrossOrigin
    if route.requires is Gate.OPEN:
        return
    yield from (NotAuthenticated, SessionEnded, SessionOutdated, AccountSuspended, CrossOrigin)
    if route.step_up:
        yield StepUpRequired
    yield Forbidden  # to a role that lacks the permission, and to every API key whose scopes lack it
    if route.about:
        yield NotFound


def _of_input(route: Route) -> Iterator[type[DomainError]]:
    if route.streams:
        return  # told inside the stream
    yield InvalidInput  # unknown parameters are refused everywhere
    if route.query is not None:
        yield AmbiguousField
    if route.body is not None:
        yield from (AmbiguousField, BodyTooLarge, MalformedJson, RequestTimeout, UnsupportedMediaType)
    if route.is_write:
        yield from (Conflict, VersionMismatch)
    if takes_retry_key(route):
        yield from (IdempotencyMismatch, MalformedJson)
