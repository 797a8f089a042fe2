"""The words that every layer shares: ids, texts, enums, and the two base shapes."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError


class In(BaseModel):
    """What a client may say. Unknown fields are refused; camelCase and snake_case both count."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # what was sent may be a password
    )


class Out(BaseModel):
    """What the server says, in camelCase."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, from_attributes=True, frozen=True
    )


BIDI_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _printable(value: str) -> str:
    for character in value:
        if character in BIDI_OVERRIDES or (unicodedata.category(character) == "Cc" and character not in "\n\t"):
            raise PydanticCustomError("forbidden_character", "The text contains a character that is not allowed.")
    return value


def _one_line(value: str) -> str:
    if "\t" in value or len(value.splitlines()) > 1:
        raise PydanticCustomError("single_line", "The text must stay on one line.")
    return value


def _plain_line_ends(value: str) -> str:
    return value.replace("\r\n", "\n")


def _web_address(value: str) -> str:
    if not value.startswith("https://"):
        raise PydanticCustomError("https_url", "The address must begin with https://.")
    return value


def _time_zone(value: str) -> str:
    if value not in _zones():
        raise PydanticCustomError("time_zone", "This is no time zone of the IANA database, such as Africa/Lagos.")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def folded(text: str) -> str:
    """Return the text without case and accents, as search compares it (`É` finds `e`)."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def to_milliseconds(instant: datetime) -> datetime:
    """Cut to what the database keeps, so that a reply equals the next read of it."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def now() -> datetime:
    """The one instant of a call; services take it from their scope, never from here."""
    return to_milliseconds(datetime.now(UTC))


OBJECT_ID = r"^[0-9a-f]{24}$"

Id = Annotated[str, StringConstraints(pattern=OBJECT_ID)]
OutId = Annotated[str, BeforeValidator(str), WithJsonSchema({"type": "string", "pattern": OBJECT_ID})]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_printable),
    AfterValidator(_one_line),
]
Name = Annotated[Line, StringConstraints(max_length=80)]
LongText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(_plain_line_ends),
    AfterValidator(_printable),
]
HttpsUrl = Annotated[
    str,
    StringConstraints(max_length=2000),
    AfterValidator(_printable),
    AfterValidator(_web_address),
    Field(json_schema_extra={"pattern": "^https://"}),
]
TimeZone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_time_zone),
    Field(json_schema_extra={"examples": ["Africa/Lagos"]}),
]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=6,
        max_length=254,
        pattern=r"^[^@\s<>()\[\],;:\\\"]+@[^@\s<>()\[\],;:\\\"]+\.[^@\s.<>()\[\],;:\\\"]{2,}$",
    ),
    AfterValidator(_printable),
]


class UserRole(StrEnum):
    """The primary role; `guest` is a caller without a token and is never stored."""

    GUEST = "guest"
    STUDENT = "student"
    PROMOTER = "promoter"
    MENTOR = "mentor"
    TUTOR = "tutor"
    FACILITATOR = "facilitator"
    INSTRUCTOR = "instructor"
    MANAGER = "manager"
    ADMIN = "admin"


class Locale(StrEnum):
    """The languages of mails and pages."""

    ENGLISH = "en"
    FRENCH = "fr"


class UserStatus(StrEnum):
    """Whether an account can be used; of an anonymised one nothing personal is left, and it cannot come back."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ANONYMISED = "anonymised"


class ScopeType(StrEnum):
    """Where a role counts that somebody was given beside the primary one; `user` is the mentee of a mentor."""

    SYSTEM = "system"
    COURSE = "course"
    OFFERING = "offering"
    COHORT = "cohort"
    USER = "user"
    SESSION = "session"


class StudyTime(StrEnum):
    """When a student likes to learn, in the student's own zone."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class CourseCategory(StrEnum):
    """The shelf that a course stands on."""

    PROGRAMMING = "programming"
    DESIGN = "design"
    BUSINESS = "business"
    MARKETING = "marketing"
    SCIENCE = "science"
    LANGUAGE = "language"
    MUSIC = "music"
    ART = "art"
    OTHER = "other"


class DifficultyLevel(StrEnum):
    """What a course expects of those who enter."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class CourseStatus(StrEnum):
    """Drafts are seen by their staff only."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class EnrollmentState(StrEnum):
    """Waiting lists and payment add theirs."""

    ACTIVE = "active"
    COMPLETED = "completed"
    DROPPED = "dropped"

    @property
    def is_seated(self) -> bool:
        """Whether this one is in the course: counts as a seat, stands on the roster, reads and follows."""
        return self in SEATED


SEATED = frozenset({EnrollmentState.ACTIVE, EnrollmentState.COMPLETED})


class AnnouncementStatus(StrEnum):
    """Members see what is posted. A withdrawn announcement stays in the database and leaves the log."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    POSTED = "posted"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
