"""The school that is measured: engines, one course with everybody in it, and a token for each."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from beanie import PydanticObjectId
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from pymongo import AsyncMongoClient

from models.accounts import User
from models.courses import Course
from models.enrollments import Enrollment
from schemas.events.announcements import AnnouncementPosted
from schemas.types import CourseCategory, DifficultyLevel, UserRole, now
from server.app import Core, open_core
from server.engines import EngineUrls
from server.settings import Settings
from services.accounts import tokens
from services.accounts.tokens import Proof
from services.event_log import WireEvent
from services.permissions import NO_GRANTS

DATABASE = "bench"
NOBODY = "0" * 24
LIMITS_SCALE = "10000"
TOKEN_LIFE = timedelta(hours=3)
MARK = "#000000000@0000000000000000"
"""Where the load generator writes the number of an event and the time of its publication."""

CONTENT = "The seminar moves to the large hall, and begins a quarter of an hour later than the plan says."


@dataclass(frozen=True, slots=True)
class School:
    """What servers and the load generator are told."""

    folder: Path
    urls: EngineUrls
    course_id: str
    epoch: str
    bearer: str

    @property
    def stream(self) -> str:
        return stream_of(self.course_id)

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def token_key(self) -> Path:
        return self.folder / "token.pub"

    @property
    def valkey_socket(self) -> str:
        return self.urls.redis_url.removeprefix("unix://").partition("?")[0]

    @property
    def environment(self) -> Mapping[str, str]:
        """For a process of ours. The limits are far away, because one machine plays everybody."""
        return {
            **os.environ,
            "APP_ENV": "development",
            "HOST": "127.0.0.1",
            "DATA_DIR": str(self.folder),
            "MONGODB_URL": self.urls.mongodb_url,
            "MONGODB_DATABASE": DATABASE,
            "REDIS_URL": self.urls.redis_url,
            "LIMITS_SCALE": LIMITS_SCALE,
            "LOG_LEVEL": "warning",
            "PYTHONUNBUFFERED": "1",
            "BENCH_COURSE": self.course_id,
        }

    def body(self) -> str:
        """What a publisher says to our `bench.publish`, and to the real REST call."""
        return json.dumps({"courseId": self.course_id, "title": MARK, "content": CONTENT})

    def event(self) -> str:
        """What a publisher says to a peer: the whole event, so that all servers send frames of one length."""
        return announcement(self.course_id, (self.epoch, 1), MARK, CONTENT).payload

    async def log_reads(self) -> int:
        """How often the log of events was read so far."""
        async with AsyncMongoClient[dict[str, object]](self.urls.mongodb_url) as client:
            figures: list[dict[str, object]] = [{"$collStats": {"latencyStats": {}}}]
            async for row in await client.get_database(DATABASE).get_collection("events").aggregate(figures):
                return int(row["latencyStats"]["reads"]["ops"])  # type: ignore[index]
        return 0


def stream_of(course_id: str) -> str:
    return f"announcements/course:{course_id}"


def announcement(course_id: str, position: tuple[str, int], title: str, content: str) -> WireEvent:
    """An event with the fields of a real one at `[epoch, seq]`, made as cheaply as a peer makes its own."""
    epoch, seq = position
    stream, fact_id, at = stream_of(course_id), f"{seq:024x}", datetime.now(UTC)
    body = _FIELDS | {
        "announcementId": fact_id,
        "courseId": course_id,
        "title": title,
        "content": content,
        "_stream": stream,
        "_seq": seq,
        "_epoch": epoch,
        "_at": at,
        "_id": fact_id,
        "_version": 1,
    }
    payload = orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
    return WireEvent(stream, seq, "announcement.posted", payload, fact_id, None, None, at)


_FIELDS = AnnouncementPosted(
    announcement_id=NOBODY,
    course_id=NOBODY,
    title="",
    content="",
    author_id=NOBODY,
    posted_at=datetime.fromtimestamp(0, UTC),
    expires_at=None,
).model_dump(mode="json", by_alias=True)


@asynccontextmanager
async def open_school(folder: Path, urls: EngineUrls, people: int) -> AsyncIterator[School]:
    """Fill an empty database; nothing of ours runs afterwards but the engines."""
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        mongodb_url=SecretStr(urls.mongodb_url),
        redis_url=SecretStr(urls.redis_url),
        mongodb_database=DATABASE,
    )
    async with open_core(settings, urls) as core:
        teacher = _user(core, 0, UserRole.INSTRUCTOR)
        students = [_user(core, number, UserRole.STUDENT) for number in range(1, people + 1)]
        course = _course(teacher, people)
        await User.insert_many([teacher, *students])
        await course.insert()
        await Enrollment.insert_many([_enrollment(course, student) for student in students])
        school = School(folder, urls, str(course.id), core.events.epoch, _mint(core, [teacher])[0])
        school.tokens.write_text("\n".join(_mint(core, students)), encoding="ascii")
        public = core.keys.signing[0].private.public_key()
        school.token_key.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    yield school


def _mint(core: Core, users: list[User]) -> list[str]:
    """Tokens as the server signs them, but for their life: a run outlives ten minutes, and nobody renews here."""
    tokens.LIFE = TOKEN_LIFE
    return [core.desk.tokens.mint(user, PydanticObjectId(), now(), Proof(now(), ("pwd",)), NO_GRANTS) for user in users]


def _user(core: Core, number: int, role: UserRole) -> User:
    at, name = now(), f"person{number}"
    return User(
        created_at=at,
        updated_at=at,
        email_ct=core.keys.ring.fields.seal(name, "users", name, "email"),
        email_bidx=core.keys.ring.email_index.of(name),
        password_hash=None,
        username=name,
        username_folded=name,
        first_name="Person",
        last_name=str(number),
        role=role,
    )


def _course(teacher: User, people: int) -> Course:
    return Course(
        created_at=teacher.created_at,
        updated_at=teacher.created_at,
        title="Everybody",
        description="The course in which everybody is.",
        category=CourseCategory.PROGRAMMING,
        difficulty_level=DifficultyLevel.BEGINNER,
        instructor_id=teacher.id,
        seats_taken=people,
        search_text="everybody",
    )


def _enrollment(course: Course, student: User) -> Enrollment:
    return Enrollment(
        created_at=student.created_at,
        updated_at=student.created_at,
        enrolled_at=student.created_at,
        course_id=course.id,
        user_id=student.id,
        sort_name=student.last_name,
    )
