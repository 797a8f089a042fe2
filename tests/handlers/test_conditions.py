"""ETag, If-Match and If-None-Match, as RFC 9110 has them and as we bend them."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from handlers.conditions import check_if_match, etag, is_unchanged
from models.courses import Course
from services.errors import VersionMismatch

SUBJECT = Course.model_construct(version=3)
TAG = etag(SUBJECT, "c0ffee")


def asking(name: str, value: str | None) -> web.Request:
    return make_mocked_request("PUT", "/x", headers={name: value} if value is not None else {})


def test_tag():
    """A tag is the version and what the viewer sees of it; what has no version counts as 0."""
    assert TAG == '"3.c0ffee"'
    assert etag(None, "c0ffee") == '"0.c0ffee"'


@pytest.mark.parametrize(
    "header",
    [None, "*", " * ", TAG, '"3.beef"', f"W/{TAG}", '"1.aa", "3.bb"', '"1.aa",W/"3.bb" , "4.cc"', '"9.aa","003.bb"'],
)
def test_if_match_lets_the_present_version_pass(header):
    """Only the version counts, so that two viewers of different parts can both write; W/ is ignored."""
    check_if_match(asking("If-Match", header), SUBJECT)


@pytest.mark.parametrize(
    "header",
    [
        *("", '"2.c0ffee"', '"4.c0ffee"', 'W/"13.c0ffee"', '"1.aa", "2.bb"', '"3"', "3", "3.c0ffee", '"3.XYZ"', '"3.'),
        *('"*"', "null", '"-3.aa"', '"3.3.aa"', f'"{"3" * 400}.aa"'),
    ],
)
def test_if_match_refuses_other_versions_and_garbage(header):
    """A condition that names anything but the present version is not met, however it is written."""
    with pytest.raises(VersionMismatch):
        check_if_match(asking("If-Match", header), SUBJECT)


def test_if_match_where_there_is_nothing():
    """Nothing has no version; only the absence of a condition and `*` pass."""
    check_if_match(asking("If-Match", None), None)
    with pytest.raises(VersionMismatch):
        check_if_match(asking("If-Match", '"0.c0ffee"'), None)


@pytest.mark.parametrize("header", ["*", TAG, f"W/{TAG}", f'"1.aa", {TAG}', f'W/"1.aa",W/{TAG}'])
def test_if_none_match_knows_what_is_unchanged(header):
    """The same version seen by the same eyes is not sent again."""
    assert is_unchanged(asking("If-None-Match", header), TAG)


@pytest.mark.parametrize(
    "header", [None, "", '"3.beef"', '"2.c0ffee"', "3.c0ffee", '"3"', '"3.c0ffee', '"c0ffee"', "?"]
)
def test_if_none_match_compares_all_of_it(header):
    """Another version, another part of it, or garbage: the answer is sent."""
    assert not is_unchanged(asking("If-None-Match", header), TAG)
