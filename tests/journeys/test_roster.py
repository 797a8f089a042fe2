"""A school that comes with a spreadsheet: rosters over REST and from a file, and invitations."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.harness.people import PASSWORD, Person, Reply, call
from tests.harness.process import outcome, run
from tests.harness.school import School


def row(email: str, name: str = "Ada Lovelace", role: str = "student") -> dict[str, str]:
    return {"name": name, "email": email, "role": role}


async def take(staff: Person, course: str, *rows: Any, **more: Any) -> Any:
    reply = await staff.post(f"/api/v1/courses/{course}/roster", {"rows": rows, **more})
    assert reply.status == 200, reply.body
    return reply.data


def codes(report: Any) -> list[str | None]:
    return [line["code"] for line in report["lines"]]


async def token_in_mail(school: School, username: str) -> str:
    """The token of the newest invitation to this username, as soon as the worker has sent it."""
    async with asyncio.timeout(10):
        while True:
            page = (await call(school.http, "GET", f"{school.url}/dev/mail", None, {})).body.decode()
            mails = [mail for mail in page.split("<article>") if f"{username}&quot;" in mail]
            if found := re.findall(r"inv_[0-9a-f]+\.[0-9a-f]+", "".join(mails)):
                return found[0]
            await asyncio.sleep(0.05)


async def accept(school: School, token: str, password: str = PASSWORD) -> Reply:
    body = {"token": token, "password": password}
    return await call(school.http, "POST", f"{school.url}/api/v1/auth/accept-invite", body, {})


async def test_an_invited_person_comes_in_once(school: School):
    """The mail's token sets the password, opens a session in the course, and is good for nothing else."""
    instructor = await school.person("instructor")
    course = await school.course(instructor)
    report = await take(instructor, course, row("new.person@school.example", "Person, New"))
    assert (report["enrolled"], report["invited"], report["lines"][0]["outcome"]) == (1, 1, "enrolled")
    sign_in = {"email": "new.person@school.example", "password": PASSWORD}
    address = f"{school.url}/api/v1/auth/signin"
    assert (await call(school.http, "POST", address, sign_in, {})).code == "invalid_credentials"

    token = await token_in_mail(school, "new-person")
    assert (await accept(school, f"{token[:-1]}{'1' if token[-1] == '0' else '0'}")).code == "invite_unknown"
    replies = await asyncio.gather(*(accept(school, token) for _ in range(3)))
    assert sorted(reply.status for reply in replies) == [200, 404, 404]
    opened = next(reply.data for reply in replies if reply.status == 200)
    assert (opened["user"]["firstName"], opened["user"]["lastName"]) == ("New", "Person")
    person = Person(school.http, school.url, opened)
    assert (await person.get(f"/api/v1/courses/{course}")).data["enrollment"] is not None
    assert (await accept(school, token, "another password")).code == "invite_unknown"
    assert (await call(school.http, "POST", address, sign_in, {})).status == 200


async def test_people_with_accounts_are_enrolled_told_and_not_invited(school: School):
    """Live and on the roster at once; a second time nothing changes; whoever left comes back to the same row."""
    instructor, student = await school.person("instructor"), await school.person(email="acquainted@school.example")
    course = await school.course(instructor)
    async with student.live("notifications") as inbox:
        assert (await take(instructor, course, row("Acquainted@School.example")))["invited"] == 0
        told = await inbox.event("membership.changed", courseId=course)
    again = await take(instructor, course, row("acquainted@school.example"))
    assert (again["unchanged"], codes(again)) == (1, ["already_enrolled"])

    await student.delete(f"/api/v1/courses/{course}/enroll")
    await take(instructor, course, row("acquainted@school.example"))
    back = (await student.get(f"/api/v1/courses/{course}")).data
    assert (back["enrollment"]["enrollmentId"], back["totalEnrollments"]) == (told["enrollmentId"], 1)


async def test_a_dry_run_reports_the_same_and_changes_nothing(school: School):
    """Report for report equal; no account, no seat, no mail."""
    instructor = await school.person("instructor")
    course = await school.course(instructor, maxStudents=1)
    rows = [row(f"dry{number}@school.example") for number in (1, 2)]
    path = f"/api/v1/courses/{course}"
    tried = await take(instructor, course, *rows, dryRun=True)
    assert (await instructor.get(path)).data["totalEnrollments"] == 0
    done = await take(instructor, course, *rows)

    assert codes(tried) == [None, "course_full"]
    assert {**tried, "dryRun": False} == done
    assert (await instructor.get(path)).data["totalEnrollments"] == 1


async def test_what_stands_against_a_row_in_the_database(school: School):
    """The teacher of the course, a suspended account, and a course that is closed."""
    instructor = await school.person("instructor", email="teaches@school.example")
    gone = await school.person(email="gone@school.example")
    await school.admin.post(f"/api/v1/users/{gone.id}/suspend", {})
    course = await school.course(instructor)
    report = await take(school.admin, course, row("teaches@school.example"), row("gone@school.example"))
    assert codes(report) == ["own_course", "account_suspended"]
    french = await instructor.post(
        f"/api/v1/courses/{course}/roster", {"rows": [row("x")], "dryRun": True}, Accept_Language="fr"
    )
    assert french.data["lines"][0]["message"] == "Ceci n’est pas une adresse électronique."
    await instructor.put(f"/api/v1/courses/{course}", {"status": "archived"})
    closed = await instructor.post(f"/api/v1/courses/{course}/roster", {"rows": [row("a@school.example")]})
    assert closed.code == "course_closed"


BAD_LINES = {
    "name_missing": b";a1@school.example;student",
    "name_too_long": b"A" * 81 + b" B;a2@school.example;student",
    "email_missing": b"No Mail;;student",
    "email_malformed": b"Bad Mail;a4@school;student",
    "forbidden_character": "Rev\u202eersed;a5@school.example;student".encode(),
    "formula": b"=1+1 Sum;a6@school.example;student",
    "role_unknown": b"Some Boss;a7@school.example;principal",
    "duplicate": b"Twice;GOOD@school.example;student",
    "too_few_columns": b"Few;a8@school.example",
    "too_many_columns": b"Many;a9@school.example;student;x",
    "broken_quotes": b'"Open;a10@school.example;student',
    "not_utf8": "René;a11@school.example;student".encode("latin-1"),
    "line_too_long": b"L" * 20_000 + b";a12@school.example;student",
    "course_full": b"Too Late;late@school.example;student",
}


@pytest.mark.parametrize(
    ("content", "course", "text"),
    [
        (b"Nom;Courriel\nAda;a@school.example\n", "ROSTER-0", "role missing"),
        ("name,email,role\n".encode("utf-16"), "ROSTER-0", "not UTF-8"),
        (b"name,email,role\n", "ROSTER-0", "no course has the code ROSTER-0"),
        (b"name,email,role\n", "0" * 24, "no such thing"),
        (b"name,email,role\n" * 2002, "ROSTER-0", "more than 2000 rows"),
    ],
)
async def test_what_is_no_roster_is_refused_whole(
    school: School, tmp_path: Path, content: bytes, course: str, text: str
):
    """In a line that says why, with status 1, and at once."""
    file = tmp_path / "class.csv"
    file.write_bytes(content)
    command = outcome({**school.place.environment, "COLUMNS": "200"}, "import", "roster", str(file), "--course", course)
    status, out, _ = await asyncio.wait_for(command, 20)
    assert (status, text in out) == (1, True), out


async def test_each_kind_of_bad_line_has_its_report(school: School, tmp_path: Path):
    """A file from a spreadsheet (BOM, semicolons, CRLF, quotes): one good line, and a report for each bad one."""
    instructor = await school.person("instructor")
    course = await school.course(instructor, maxStudents=1, code="ROSTER-1")
    good = b'"Lovelace, Ada";good@school.example;Student'
    lines = ["\ufeffName;E-mail;Role".encode(), good, b"", *BAD_LINES.values()]
    file = tmp_path / "class.csv"
    file.write_bytes(b"\r\n".join(lines) + b"\r\n")
    for options in (["--dry-run"], []):
        said = await run(school.place, "import", "roster", str(file), "--course", "roster-1", *options)
        found = re.findall(r"line (\d+): refused, (\w+): \S", said)
        assert found == [(str(number), code) for number, code in enumerate(BAD_LINES, 4)]
        assert re.search(r"enrolled\D+1 ", said)
        assert re.search(r"refused\D+14 ", said)
    roster = (await instructor.get(f"/api/v1/courses/{course}/roster")).data
    assert [one["student"]["lastName"] for one in roster] == ["Lovelace"]
