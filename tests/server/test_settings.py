"""What a process may be told, what production refuses to be told, and what is never told to others."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr, ValidationError

from server.keys import load_keys
from server.settings import AppEnv, Settings

PEM = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PRODUCTION = {
    "APP_ENV": "production",
    "MONGODB_URL": "mongodb://u:hidden-1@db.example/?replicaSet=rs",
    "REDIS_URL": "redis://:hidden-2@cache.example",
    "TOKEN_KEY": PEM,
    "FIELD_KEY": "f1" * 32,
    "INDEX_KEY": "e2" * 32,
    "REFRESH_KEY": "d3" * 32,
    "IDEMPOTENCY_KEY": "c4" * 32,
    "PUBLIC_URL": "https://school.example",
}
NEEDED = [name for name in PRODUCTION if name != "APP_ENV"]
SECRET = [name for name in NEEDED if name != "PUBLIC_URL"]


@pytest.fixture
def tell(monkeypatch, tmp_path):
    """Sets the environment, in a folder without `.env`, in which nothing was set before."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)

    def tell(environment: dict[str, str]) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings()

    return tell


def test_nothing_need_be_told(tell):
    """`make run` works as it is: local, in development, with engines and keys of its own."""
    settings = tell({})

    assert settings.app_env is AppEnv.DEVELOPMENT
    assert (settings.host, settings.open_roles, settings.scale) == ("127.0.0.1", True, 100.0)
    assert (settings.mongodb_url, settings.redis_url, settings.token_key) == (None, None, None)


def test_production_with_everything(tell, tmp_path):
    """Told everything, production starts, closed and unscaled, and generates nothing."""
    settings = tell(PRODUCTION)

    assert (settings.is_production, settings.open_roles, settings.scale) == (True, False, 1.0)
    assert load_keys(settings).signing
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", NEEDED)
def test_production_needs_every_key(tell, missing):
    """A key that was made up for comfort is not for production: the missing one is named, also when set to nothing."""
    for told in ({name: PRODUCTION[name] for name in PRODUCTION if name != missing}, {missing: ""}):
        with pytest.raises(ValidationError, match=f"production needs {missing}"):
            tell(told)


def test_production_refuses_open_roles(tell):
    """Nobody makes themselves an instructor in production, whatever was set; `false` may be said."""
    assert not tell({**PRODUCTION, "OPEN_ROLE_REGISTRATION": "false"}).open_roles
    with pytest.raises(ValidationError, match="OPEN_ROLE_REGISTRATION"):
        tell({"OPEN_ROLE_REGISTRATION": "true"})


@pytest.mark.parametrize("url", ["http://school.example", "http://192.0.2.1:8080", "http://localhost.evil.example"])
def test_production_is_reached_over_https(tell, url):
    """Cookies and HSTS are for https; plain http is for trying it on one's own machine."""
    assert tell({**PRODUCTION, "PUBLIC_URL": "http://localhost:8080"}).is_production
    with pytest.raises(ValidationError, match="PUBLIC_URL of https"):
        tell({**PRODUCTION, "PUBLIC_URL": url})


@pytest.mark.parametrize(
    ("told", "origin"),
    [
        ("https://school.example:443", "https://school.example"),
        ("http://localhost:80", "http://localhost"),
        ("https://school.example:80", "https://school.example:80"),
        ("https://school.example:8443", "https://school.example:8443"),
    ],
)
def test_the_public_url_is_an_origin(tell, told, origin):
    """As browsers say it: without the port that goes without saying."""
    assert tell({"PUBLIC_URL": told}).public_url == origin


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_roles_are_open_where_nobody_else_can_come(tell, host):
    """On the machine's own address anyone may try every role."""
    assert tell({"HOST": host}).open_roles


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "school.example", "localhost.evil.example", "127.1"])
def test_roles_close_where_others_can_come(tell, host):
    """On any other address roles are closed, unless they were opened by hand."""
    assert not tell({"HOST": host}).open_roles
    assert tell({"OPEN_ROLE_REGISTRATION": "true"}).open_roles


@pytest.mark.parametrize("name", ["FIELD_KEY", "MONGODB_URL", "SMTP_URL"])
def test_a_secret_from_a_file(tell, tmp_path, name):
    """Containers hand secrets in as files; the line's end is not part of it."""
    (tmp_path / "secret").write_text("hidden é\n", encoding="utf-8")
    settings = tell({f"{name}_FILE": str(tmp_path / "secret")})

    assert getattr(settings, name.lower()).get_secret_value() == "hidden é"


def test_production_from_files(tell, tmp_path):
    """Production may be told everything by files alone."""
    for name in SECRET:
        (tmp_path / name).write_text(PRODUCTION[name])
    open_words = {name: PRODUCTION[name] for name in ("APP_ENV", "PUBLIC_URL")}

    assert tell({**open_words, **{f"{name}_FILE": name for name in SECRET}}).is_production


def test_which_word_counts(tell, tmp_path):
    """The variable goes before its file, both before `.env`; only secrets are read from files, and no empty path."""
    (tmp_path / "file").write_text("file")
    (tmp_path / ".env").write_text("FIELD_KEY=dotenv\nINDEX_KEY=dotenv\nREFRESH_KEY=dotenv\n")
    settings = tell(
        {"FIELD_KEY": "own", "REFRESH_KEY_FILE": "", "HOST_FILE": "file"}
        | dict.fromkeys(("FIELD_KEY_FILE", "INDEX_KEY_FILE"), "file")
    )

    found = [key.get_secret_value() for key in (settings.field_key, settings.index_key, settings.refresh_key)]
    assert found == ["own", "file", "dotenv"]
    assert settings.host == "127.0.0.1"


def test_secrets_do_not_show(tell):
    """Whoever prints or logs the settings shows no secret."""
    settings = tell({**PRODUCTION, "SMTP_URL": "smtp://u:hidden-3@mail.example"})
    hidden = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]

    assert len(hidden) == 8
    for shown in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert not [secret for secret in hidden if secret in shown]
        assert "hidden" not in shown


@pytest.mark.parametrize(
    "wrong", [{"PORT": "hidden"}, {"APP_ENV": "hidden"}, {"LOG_LEVEL": "hidden"}, {"OPEN_ROLE_REGISTRATION": "hidden"}]
)
def test_refusals_do_not_show_values(tell, wrong):
    """A value that was set under the wrong name, as secrets are, does not end up in a log; its name does."""
    with pytest.raises(ValidationError) as refusal:
        tell({**PRODUCTION, **wrong})

    assert next(iter(wrong)).lower() in str(refusal.value)
    assert "hidden" not in str(refusal.value) + repr(refusal.value)


def test_refused_production_does_not_show_keys(tell):
    """The refusal of the whole shows none of the parts."""
    with pytest.raises(ValidationError) as refusal:
        tell({**PRODUCTION, "FIELD_KEY": ""})

    assert not [name for name in SECRET if PRODUCTION[name] in str(refusal.value)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "-1"), ("PORT", "65536"), ("LIMITS_SCALE", "0"), ("LOG_LEVEL", "loud"), ("MONGODB_DATABASE", "a.b")]
    + [
        ("MONGODB_DATABASE", "x" * 39),
        ("APP_ENV", "staging"),
        ("TRUSTED_PROXIES", "nginx"),
        ("OUTGOING_ALLOW", "inside"),
        ("ALLOWED_ORIGINS", "*"),
    ]
    + [("ALLOWED_ORIGINS", "https://a.example/"), ("ALLOWED_ORIGINS", "https://a.example,")]
    + [("PUBLIC_URL", "https://a.example/"), ("PUBLIC_URL", "a.example"), ("PUBLIC_URL", "https://A.example")],
)
def test_what_makes_no_sense_is_refused(tell, name, value):
    """A mistyped setting stops the start; it is not replaced by a default."""
    with pytest.raises(ValidationError, match=name.lower()):
        tell({name: value})


PROVIDER = {
    "id": "campus",
    "name": "Campus",
    "issuer": "https://id.example",
    "client_id": "c",
    "client_secret": "hidden",
}


def test_services_to_sign_in_through(tell, tmp_path):
    """As JSON, or in a file; in the order in which they are offered."""
    told = json.dumps([PROVIDER, {**PROVIDER, "id": "library"}])
    (tmp_path / "providers").write_text(told, encoding="utf-8")
    for environment in ({"OIDC_PROVIDERS": told}, {"OIDC_PROVIDERS_FILE": str(tmp_path / "providers")}):
        assert list(tell(environment).providers) == ["campus", "library"]
    assert tell({}).outgoing_networks == ()


@pytest.mark.parametrize(
    "wrong",
    [
        "hidden",
        "{}",
        json.dumps([PROVIDER, PROVIDER]),
        json.dumps([{**PROVIDER, "id": "Campus!"}]),
        json.dumps([{**PROVIDER, "issuer": "gopher://hidden"}]),
        json.dumps([{**PROVIDER, "issuer": "https://u@hidden"}]),
        json.dumps([{**PROVIDER, "client_secret": ""}]),
        json.dumps([{**PROVIDER, "clientSecret": "hidden"}]),
    ],
)
def test_services_that_make_no_sense_are_refused(tell, wrong):
    """The server does not start, and says where the mistake is without what was told."""
    with pytest.raises(ValidationError, match="oidc_providers") as refusal:
        tell({"OIDC_PROVIDERS": wrong})
    assert "hidden" not in str(refusal.value) + repr(refusal.value)


def test_production_is_strict_with_services(tell):
    """Answers must find the school at its one address, and nothing is said in the clear."""
    told = {**PRODUCTION, "OIDC_PROVIDERS": json.dumps([PROVIDER])}
    plain = json.dumps([{**PROVIDER, "issuer": "http://id.example"}])
    with pytest.raises(ValidationError, match="https only"):
        tell({**told, "OIDC_PROVIDERS": plain})
    assert tell({**told, "OIDC_PROVIDERS": json.dumps([PROVIDER])}).providers


def test_settings_do_not_change(tell):
    """What was told at the start holds until the end."""
    with pytest.raises(ValidationError, match="frozen"):
        tell({}).host = "0.0.0.0"
