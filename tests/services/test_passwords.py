"""Passwords: kept as they come, compared exactly, refused where they are guessed first."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from models.guesses import GuessStorm
from schemas.accounts import SignUpIn
from schemas.types import now
from server import guess_storm
from server.app import Core
from services.accounts.common_passwords import WORDS, is_common
from services.accounts.errors import PasswordBreached
from services.accounts.password_changes import NotImportableError, import_hash
from services.accounts.passwords import AT_ONCE_PER_CORE, Match, Passwords, cores
from services.accounts.registration import NewPerson, account, sign_up
from services.errors import Unavailable
from services.scopes import Actor, Scope
from services.unit import Unit

ENDINGS = ["", "1", "12", "123", "1234", "!", "01", "2026", "007"]


@pytest.fixture(scope="module")
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


@pytest.fixture
async def scope(core: Core) -> Scope:
    return Scope(Actor(), Unit(at=now()), core.keys.ring)


@pytest.mark.parametrize("password", ["p" * 73, "é" * 128, " spaced ", "Ünïcödé 🎓", "12345678"])
async def test_every_character_counts(passwords: Passwords, password: str):
    """Nothing is cut off or made alike, beyond the 72 bytes of bcrypt as well."""
    stored = await passwords.hash(password)
    assert await passwords.verify(password, stored)
    for other in (password[:-1], f"{password} ", password.swapcase() + "x", password[:72] + "?" + password[73:]):
        assert not await passwords.verify(other, stored)


@pytest.mark.parametrize("prefix", [b"2a", b"2b"])
async def test_a_hash_from_another_system_is_replaced_at_the_first_right_password(passwords: Passwords, prefix: bytes):
    """bcrypt verifies, and comes back as argon2id; a wrong password changes nothing."""
    stored = bcrypt.hashpw(b"correct horse battery", bcrypt.gensalt(4, prefix)).decode()
    assert await passwords.match("wrong", stored) == Match(is_right=False)
    match = await passwords.match("correct horse battery", stored)
    assert match.is_right
    assert match.renewed is not None
    assert match.renewed.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert await passwords.match("correct horse battery", match.renewed) == Match(is_right=True)


async def test_a_hash_of_weaker_parameters_is_replaced(passwords: Passwords):
    """What was set before the parameters grew is made as strong as the rest when its owner signs in."""
    stored = Argon2Hasher(memory_cost=8192, time_cost=1, parallelism=1).hash("correct horse battery")
    assert (await passwords.match("correct horse battery", stored)).renewed is not None
    assert (await passwords.match("wrong", stored)).renewed is None


async def test_what_bcrypt_would_cut_off_is_not_taken_for_right(passwords: Passwords):
    """A password of 73 bytes matches no hash that was made of 72 of them."""
    stored = bcrypt.hashpw(b"p" * 72, bcrypt.gensalt(4)).decode()
    assert (await passwords.match("p" * 72, stored)).is_right
    assert not (await passwords.match("p" * 73, stored)).is_right


async def test_when_too_many_wait_the_next_is_told_to_come_back():
    """Memory and time stay bounded, and nobody waits for minutes."""
    passwords = Passwords(queue=1)
    at_once = AT_ONCE_PER_CORE * cores()
    waiting = [passwords.verify("wrong", None) for _ in range(at_once + 2)]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in results] == [bool] * (at_once + 1) + [Unavailable]
    assert await passwords.verify("wrong", None) is False
    passwords.close()


def test_thousands_of_common_passwords_are_refused():
    """Words with the usual endings: far more than the three thousand that standards ask for."""
    tried = {f"{word}{ending}" for word in WORDS for ending in ENDINGS if len(f"{word}{ending}") >= 8}
    assert len(tried) > 3000
    assert [password for password in tried if not is_common(password)] == []


FIRST = """
password123 P@ssw0rd! qwerty123 iloveyou 12345678 Coursewire2026! azerty123 motdepasse 1q2w3e4r Welcome1 19900101
trustno1 aaaaaaaa qazwsxedc testtest abc12345 school2026 schoolpassword 123qwe123 dr4g0n2026 Élève2026
"""


@pytest.mark.parametrize("password", FIRST.split())
def test_the_first_guesses_are_refused(password: str):
    """Case, figures for letters, endings, ways over the keyboard, dates, and the school's own words."""
    assert is_common(password)


@pytest.mark.parametrize(
    "password", ["correct horse battery", "brown-Kettle7", "xkcd-9361-staple", "zebra at night", "9z" * 60 + "k"]
)
def test_other_passwords_are_not(password: str):
    """A common word within a longer text is no reason."""
    assert not is_common(password)


async def test_in_production_nobody_sets_a_common_password(core: Core, scope: Scope):
    """In development the example of the documents works."""
    draft = SignUpIn(email="breached@school.example", password="password123", first_name="B", last_name="B")
    strict = Passwords(refuses_common=True)
    with pytest.raises(PasswordBreached):
        await sign_up(scope, replace(core.desk, passwords=strict), draft)
    strict.close()
    assert (await sign_up(scope, core.desk, draft)).password_hash is not None


@pytest.mark.parametrize("stored", ["", "plain", "$1$md5", f"$2b$31${'a' * 53}", f"$2b$10${'a' * 52}"])
async def test_only_bcrypt_that_we_can_bear_is_imported(scope: Scope, stored: str):
    """A cost of 31 would hold a thread for days."""
    user = account(scope, NewPerson("i@school.example", "imported", "I", "I"))
    with pytest.raises(NotImportableError):
        import_hash(scope, user, stored)
    import_hash(scope, user, f"$2a$12${'a' * 53}")
    assert user.password_hash is not None


@pytest.mark.parametrize(
    ("wrong", "before", "minutes", "pause_s"),
    [(999, 0, 1, 0), (1000, 0, 1, 1), (0, 2000, 2.5, 1), (1000, 0, 5, 1), (1000, 0, 6, 0), (9999, 0, 1, 5)],
)
def test_s17_a_thousand_wrong_passwords_slow_unknown_devices(wrong: int, before: int, minutes: float, pause_s: float):
    """A second for each thousand of the last five minutes, five at most."""
    at = datetime.now(UTC)
    began = at - timedelta(minutes=minutes)
    storm = GuessStorm.model_construct(id="passwords", began=began, wrong=wrong, before=before, at=at)
    assert guess_storm.pause_s(storm, at) == pause_s


async def test_s17_while_the_whole_school_is_guessed_at_answers_come_late(core: Core):
    """Counted for all accounts together; what was right does not count."""
    await guess_storm.count(1000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await core.desk.guesses.slow_down()
    await guess_storm.count(-1000)
    async with asyncio.timeout(1):
        await core.desk.guesses.slow_down()
