"""Lists: which part is asked for, and which part is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from schemas.types import In, Out

Item = TypeVar("Item")


class PageQuery(In):
    """`page` counts from 1; `limit` is 1 to 100."""

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    limit: Annotated[int, Field(ge=1, le=100)] = 10

    @property
    def skip(self) -> int:
        return (self.page - 1) * self.limit


class Pagination(Out):
    """The block that stands beside `data`; an empty list has 0 pages."""

    page: int
    limit: int
    total_count: int
    total_pages: int
    has_next: bool
    has_prev: bool


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list, and where they stand in it."""

    items: list[Item]
    pagination: Pagination


def page_of(items: list[Item], query: PageQuery, total: int) -> Page[Item]:
    """Describe `items`, which `query` cut out of `total`."""
    pages = -(-total // query.limit)
    return Page(
        items,
        Pagination(
            page=query.page,
            limit=query.limit,
            total_count=total,
            total_pages=pages,
            has_next=query.page < pages,
            has_prev=query.page > 1 and total > 0,
        ),
    )
