"""Whoever has been answered is never shown what was before, at any instance."""

from __future__ import annotations

import pytest

from tests.harness.school import School


@pytest.mark.parametrize("times", [300, pytest.param(1000, marks=pytest.mark.soak)])
async def test_written_here_and_read_there_at_once(school: School, times: int, record_property):
    """The body, the validator and `asOf` all know of the write; an old validator gets no 304."""
    instructor, student = await school.person("instructor"), await school.person()
    course = await school.course(instructor, student)
    stream, path, stale = f"announcements/course:{course}", f"/api/v1/courses/{course}", []
    writers = [instructor.at(url) for url in (school.url, school.other_url)]
    readers = [student.at(url) for url in (school.other_url, school.url)]
    held = (await student.get(path)).headers["ETag"]
    for n in range(1, times + 1):
        assert (await writers[n % 2].put(path, {"title": f"Title {n}"})).status == 200
        read = await readers[n % 2].get(path, If_None_Match=held)
        if read.status != 200 or read.data["title"] != f"Title {n}" or read.body["asOf"][stream][1] < n:
            stale.append((n, read.status, read.body))
            continue
        held = read.headers["ETag"]
    assert (await student.get(path, If_None_Match=held)).status == 304
    record_property("stale", f"{len(stale)} of {times}")
    assert stale == []
