"""What an event is, and what its row says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from schemas.streams import Audience


class Event(BaseModel):
    """A fact in the past tense. It tells a state, never a difference, and stands on its own."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True
    )

    @property
    def address(self) -> dict[str, str | tuple[str, ...]]:
        """The texts of the event by field, of which its audience and its subject take the ids that they name."""
        return {name: value if isinstance(value, tuple) else str(value) for name, value in self if _is_text(value)}


def _is_text(value: object) -> bool:
    """Whether it is a text, or several."""
    return isinstance(value, str) or (isinstance(value, tuple) and all(isinstance(one, str) for one in value))


class Delivery(StrEnum):
    """Durable events are numbered and kept; ephemeral ones may be lost."""

    DURABLE = "durable"
    EPHEMERAL = "ephemeral"


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One row of EVENTS.

    `subject` names the object that the event tells of. An event that `takes_back` follows the emptying of
    that object's earlier events, so instances forget what they hold of the stream.
    """

    payload: type[Event]
    name: str
    version: int
    audience: Audience
    subject: str
    delivery: Delivery = Delivery.DURABLE
    takes_back: bool = False
