"""The one envelope, the one error body, and the language of errors."""

from http import HTTPStatus

import orjson
import pytest
from aiohttp.test_utils import make_mocked_request

from handlers.call import Answer, SetCookie
from handlers.render import error_body, language_of, render, render_error
from schemas.accounts import DoneOut, PersonOut
from schemas.envelope import Envelope, ErrorBody, FieldError
from schemas.page import PageQuery, page_of
from services.errors import InvalidInput, NotAuthenticated, Unavailable

PERSON = PersonOut(id="65f0a1b2c3d4e5f60718293a", first_name="Ada", last_name="É", username="ada", avatar_url=None)


def test_envelope_of_one():
    """A success has exactly these keys, and no block that does not apply."""
    rendered = render(PERSON, HTTPStatus.CREATED, "r1", None)

    body = orjson.loads(rendered.body)
    assert set(body) == {"success", "data", "message", "requestId"}
    assert body["data"] == PERSON.model_dump(by_alias=True)
    assert (body["success"], body["message"], body["requestId"]) == (True, "Created", "r1")
    assert rendered.status == HTTPStatus.CREATED


def test_envelope_of_a_list():
    """A list stands in `data` as an array, with where it stands beside it, and where its streams stood."""
    rendered = render(page_of([PERSON], PageQuery(), 11), HTTPStatus.OK, "r1", {"announcements/all": ("e", 7)})

    body = orjson.loads(rendered.body)
    assert set(body) == {name.alias for name in Envelope.model_fields.values()}
    assert body["data"] == [PERSON.model_dump(by_alias=True)]
    assert (body["pagination"]["totalPages"], body["pagination"]["hasNext"]) == (2, True)
    assert body["asOf"] == {"announcements/all": ["e", 7]}


def test_answer_has_the_last_word():
    """A handler may answer another status than its row's, and set cookies."""
    cookie = SetCookie("access", "", 0)
    rendered = render(Answer(DoneOut(), HTTPStatus.ACCEPTED, (cookie,)), HTTPStatus.OK, "r1", None)

    assert (rendered.status, rendered.cookies) == (HTTPStatus.ACCEPTED, (cookie,))
    assert orjson.loads(rendered.body)["data"] == {"done": True}


def test_digest_is_of_what_the_viewer_sees():
    """The same data has the same digest whoever asked; other data or another page has another."""
    digests = [
        render(reply, HTTPStatus.OK, request_id, None).digest
        for reply, request_id in [
            (PERSON, "r1"),
            (PERSON, "r2"),
            (DoneOut(), "r1"),
            (page_of([PERSON], PageQuery(), 1), "r1"),
            (page_of([PERSON], PageQuery(), 2), "r1"),
        ]
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_nothing_raw_leaves_the_house():
    """A handler that answers with anything but an answer is a fault of ours, not a reply."""
    with pytest.raises(TypeError, match="dict"):
        render({"password_hash": "x"}, HTTPStatus.OK, "r1", None)


def test_error_body():
    """Every error has exactly these keys; `error` and `message` are the same text."""
    wrong = FieldError(path="items.0.title", code="missing", message="Field required")
    body = orjson.loads(error_body(InvalidInput(fields=[wrong]), "r1", "en"))

    keys = "success data error message status code category details fields retryable requestId"
    assert set(body) == set(keys.split()) == {field.alias for field in ErrorBody.model_fields.values()}
    assert body["error"] == body["message"] == InvalidInput.en
    assert body["details"] == ["items.0.title: Field required"]
    assert body["fields"] == [wrong.model_dump()]
    assert (body["success"], body["data"], body["status"], body["code"]) == (False, None, 400, "invalid_input")


def test_error_in_the_language_of_the_client():
    """The text, and the header that names its language, follow Accept-Language; no cache mixes them up."""
    request = make_mocked_request("GET", "/x", headers={"Accept-Language": "fr-CA, en;q=0.5"})
    response = render_error(NotAuthenticated(), request, "r1")

    assert orjson.loads(response.body)["message"] == NotAuthenticated.fr
    assert response.headers["Content-Language"] == "fr"
    assert response.headers["Vary"] == "Accept-Language"
    assert (response.status, response.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_error_says_when_to_come_back():
    """A refusal that passes says so, and after how long."""
    response = render_error(Unavailable(), make_mocked_request("GET", "/x"), "r1")

    assert response.headers["Retry-After"] == "1"
    assert orjson.loads(response.body)["retryable"] is True


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("en, fr", "en"),
        ("fr, en", "fr"),
        ("en;q=0.8, fr", "fr"),
        ("en;q=0.8,fr;q=0.9", "fr"),
        ("en ; q = 0.2 , fr ; q = 0.1", "en"),
        ("fr;q=0", "en"),
        ("fr;q=0.000, en;q=0", "en"),
        ("de, nl;q=0.9, fr;q=0.001", "fr"),
        ("de", "en"),
        ("*", "en"),
        ("*, fr;q=0.5", "fr"),
        ("frfr, francais", "en"),
        ("fr;q=high, ;;, en;q", "en"),
        ("de," * 1000 + "fr", "en"),
    ],
)
def test_language(accept, language):
    """The language with the highest weight among ours; English when neither is asked for, or not legibly."""
    assert language_of(accept) == language
