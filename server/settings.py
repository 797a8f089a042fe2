"""Everything that a process may be told from outside: the only reader of the environment."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from schemas.providers import Provider
from schemas.types import TimeZone
from services.accounts.passwords import LEAST_MEMORY_KIB, MEMORY_KIB
from services.client_address import TrustedProxies

ORIGIN = r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?"


_PROVIDERS: Final[TypeAdapter[tuple[Provider, ...]]] = TypeAdapter(tuple[Provider, ...])


class AppEnv(StrEnum):
    """Development is generous and local; production refuses what was made up for comfort."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret `X` from the file that `X_FILE` names, as containers hand them in."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        path = os.environ.get(f"{field_name.upper()}_FILE")
        if not path or SecretStr not in _types_of(field):
            return None, field_name, False
        return Path(path).read_text(encoding="utf-8").strip(), field_name, False

    def __call__(self) -> dict[str, str]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def _types_of(field: FieldInfo) -> tuple[object, ...]:
    return (field.annotation, *getattr(field.annotation, "__args__", ()))


class Settings(BaseSettings):
    """Names of the environment are those of the fields, in capitals. A secret `X` is also read from `X_FILE`."""

    model_config = SettingsConfigDict(
        frozen=True, env_file=".env", extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")] = 8000
    web_processes: Annotated[
        int | None, Field(ge=1, le=64, description="Web processes of `up` on one socket; one a core, at most 2.")
    ] = None
    listen_fd: Annotated[
        int | None, Field(ge=3, description="A listening socket to inherit: `up` hands it in; systemd's is 3.")
    ] = None
    process_place: Annotated[
        Path | None, Field(description="Set by `up`: where a process keeps its figures beside those of its siblings.")
    ] = None
    workers: Annotated[int, Field(ge=1, le=64, description="Workers of `up`.")] = 1
    job_lease_s: Annotated[
        float,
        Field(gt=0, description="After so many seconds without a sign of its worker a job is another worker's."),
    ] = 30.0
    mails_at_once: Annotated[
        int, Field(ge=1, le=32, description="Mails that a worker sends side by side: so many repeat when it is killed.")
    ] = 4
    school_timezone: Annotated[TimeZone, Field(description="The zone in which the school's clock runs.")] = "UTC"
    drain_notice_s: Annotated[
        float | None,
        Field(ge=0, le=10, description="Not ready, but serving, before an end: 3 in production, 0 in development."),
    ] = None
    drain_spread_s: Annotated[
        float | None,
        Field(ge=0, le=20, description="Over which live clients are sent elsewhere: 20 in production, else 1."),
    ] = None
    app_env: Annotated[AppEnv, Field(description="development or production.")] = AppEnv.DEVELOPMENT
    data_dir: Annotated[Path, Field(description="Where engines, keys and logs live in development.")] = Path("data")
    mongodb_url: Annotated[
        SecretStr | None, Field(description="A replica set; without it the engine of DATA_DIR is used.")
    ] = None
    mongodb_database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,38}$", description="The database.")] = (
        "coursewire"
    )
    redis_url: Annotated[
        SecretStr | None, Field(description="Redis 7 or Valkey; without it the engine of DATA_DIR is used.")
    ] = None
    redis_prefix: Annotated[str, Field(description="Stands before every channel; one for each school.")] = ""
    mongod: Annotated[str | None, Field(description="The mongod to start, instead of the installed one.")] = None
    valkey: Annotated[str | None, Field(description="The valkey-server to start, instead of the installed one.")] = None
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$", description="The least to log.")] = "info"
    limits_scale: Annotated[
        float | None,
        Field(
            gt=0,
            description="Multiplies how many calls and live connections a user and an address may have, how fast each "
            "may speak, and how many sessions a user may have; 100 in development, 1 in production; never guesses.",
        ),
    ] = None
    allowed_origins: Annotated[
        str,
        Field(
            pattern=rf"^({ORIGIN}(,{ORIGIN})*)?$",
            description="Whose pages may call the API and open sockets beside our own: https://app.example, more with "
            "commas.",
        ),
    ] = ""
    trusted_proxies: Annotated[
        str, Field(description="Networks whose X-Forwarded-For is believed, with commas; those of your proxies.")
    ] = "127.0.0.0/8,::1/128"
    presence_grace_s: Annotated[
        float, Field(gt=0, description="How long somebody counts as present after the connection is gone, in seconds.")
    ] = 15.0
    public_url: Annotated[
        str | None,
        Field(
            pattern=rf"^{ORIGIN}$",
            description="Where people reach the school: https://school.example. The origin of our own pages behind a "
            "proxy, and the begin of links in mails. Production needs it.",
        ),
    ] = None
    open_role_registration: Annotated[
        bool | None,
        Field(description="Anyone may register in any role below manager; by default only in local development."),
    ] = None
    argon2_memory_kib: Annotated[
        int,
        Field(ge=8, description="Memory of one password hash; production refuses less than 19456. 80 ms with 47104."),
    ] = MEMORY_KIB
    smtp_url: Annotated[
        SecretStr | None, Field(description="smtp://user:password@host:587; without it mails show at /dev/mail.")
    ] = None
    sms_webhook_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://\S+$",
            description="Takes text messages as signed POSTs; without it they show at /dev/mail.",
        ),
    ] = None
    sms_webhook_secret: Annotated[SecretStr | None, Field(description="Signs what SMS_WEBHOOK_URL gets.")] = None
    school_name: Annotated[
        str, Field(min_length=1, max_length=60, description="What the school is called in mails and text messages.")
    ] = "Coursewire"
    mail_from: Annotated[str, Field(description="The sender of every mail.")] = "Coursewire <no-reply@localhost>"
    oidc_providers: Annotated[
        SecretStr | None,
        Field(
            description="Services to sign in through (OpenID Connect), as JSON: "
            '[{"id", "name", "issuer", "client_id", "client_secret"}].'
        ),
    ] = None
    outgoing_allow: Annotated[
        str,
        Field(
            description="Networks that may be called beside public addresses, on any port, with commas; for a "
            "provider of your own network."
        ),
    ] = ""
    token_key: Annotated[SecretStr | None, Field(description="Ed25519 private key (PEM) that signs tokens.")] = None
    token_keys_dir: Annotated[
        Path | None, Field(description="A folder of such keys that follow each other, beside TOKEN_KEY or instead.")
    ] = None
    field_key: Annotated[
        SecretStr | None,
        Field(description="32 bytes in hex: encrypts fields at rest; with its followers as k2@20270101T000000Z:hex."),
    ] = None
    index_key: Annotated[
        SecretStr | None, Field(description="32 bytes in hex: blind index of addresses; with followers like FIELD_KEY.")
    ] = None
    refresh_key: Annotated[SecretStr | None, Field(description="32 bytes in hex: derives refresh tokens.")] = None
    idempotency_key: Annotated[SecretStr | None, Field(description="32 bytes in hex: ids of retried calls.")] = None
    vapid_key: Annotated[
        SecretStr | None,
        Field(description="Private key on P-256 (PEM): signs notifications to browsers; none are sent without it."),
    ] = None
    audit_key: Annotated[
        SecretStr | None, Field(description="32 bytes in hex: seals the audit log; only the worker needs it.")
    ] = None
    sealer_mongodb_url: Annotated[
        SecretStr | None,
        Field(description="MONGODB_URL of the user that may seal the audit log; without it MONGODB_URL itself."),
    ] = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls), dotenv_settings, file_secret_settings

    def again(self) -> Settings:
        """The same, with secrets as their files stand now; what the environment says itself cannot change."""
        files = SecretFiles(type(self))()
        changed = {name: SecretStr(text) for name, text in files.items() if text and not os.environ.get(name.upper())}
        return self.model_copy(update=changed)

    @property
    def is_production(self) -> bool:
        return self.app_env is AppEnv.PRODUCTION

    @property
    def open_roles(self) -> bool:
        """Open by default only where nobody else can reach the server."""
        if self.open_role_registration is not None:
            return self.open_role_registration
        return not self.is_production and _is_loopback(self.host)

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(filter(None, self.allowed_origins.split(",")))

    @property
    def proxies(self) -> TrustedProxies:
        return TrustedProxies(filter(None, self.trusted_proxies.split(",")))

    @property
    def outgoing_networks(self) -> tuple[str, ...]:
        return tuple(filter(None, self.outgoing_allow.split(",")))

    @property
    def providers(self) -> dict[str, Provider]:
        """By id, in the order in which they are offered."""
        told = self.oidc_providers.get_secret_value() if self.oidc_providers else "[]"
        return {provider.id: provider for provider in _PROVIDERS.validate_json(told)}

    @property
    def processes(self) -> int:
        """Two, so that one serves while the other starts again; more than there are cores would only wait."""
        return self.web_processes or min(2, os.cpu_count() or 1)

    @property
    def notice_s(self) -> float:
        default = 3.0 if self.is_production else 0.0
        return default if self.drain_notice_s is None else self.drain_notice_s

    @property
    def spread_s(self) -> float:
        default = 20.0 if self.is_production else 1.0
        return default if self.drain_spread_s is None else self.drain_spread_s

    @property
    def scale(self) -> float:
        return self.limits_scale or (1.0 if self.is_production else 100.0)

    @field_validator("public_url")
    @classmethod
    def _as_browsers_say_it(cls, value: str | None) -> str | None:
        """An Origin never names the port that goes without saying."""
        return value and re.sub(r"^(http)(:.*):80$|^(https)(:.*):443$", r"\1\2\3\4", value)

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        try:
            TrustedProxies(filter(None, value.split(",")))
        except ValueError:
            message = "trusted_proxies are networks such as 10.0.0.0/8, with commas"
            raise ValueError(message) from None
        return value

    @field_validator("outgoing_allow")
    @classmethod
    def _may_be_called(cls, value: str) -> str:
        try:
            [ip_network(network) for network in filter(None, value.split(","))]
        except ValueError:
            message = "outgoing_allow are networks such as 10.0.0.0/8, with commas"
            raise ValueError(message) from None
        return value

    @field_validator("oidc_providers")
    @classmethod
    def _are_providers(cls, value: SecretStr | None) -> SecretStr | None:
        """Names what is wrong and where, never what was told: there are secrets in it."""
        try:
            found = _PROVIDERS.validate_json(value.get_secret_value() if value else "[]")
        except ValidationError as error:
            wrong = {".".join(map(str, problem["loc"])) or "JSON" for problem in error.errors(include_input=False)}
            message = f"oidc_providers: see {', '.join(sorted(wrong))}"
            raise ValueError(message) from None
        if len({provider.id for provider in found}) < len(found):
            message = "oidc_providers: two have the same id"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _texts_are_signed(self) -> Settings:
        if self.sms_webhook_url and self.sms_webhook_secret is None:
            message = "SMS_WEBHOOK_URL needs SMS_WEBHOOK_SECRET (or the same with _FILE)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _production_is_deliberate(self) -> Settings:
        if not self.is_production:
            return self
        keys = ["token_key", "field_key", "index_key", "refresh_key", "idempotency_key"]
        if self.token_keys_dir is not None:
            keys.remove("token_key")
        others = ("mongodb_url", "redis_url", "public_url")
        missing = [name.upper() for name in (*keys, *others) if getattr(self, name) is None]
        if missing:
            message = f"production needs {', '.join(missing)} (or the same with _FILE)"
            raise ValueError(message)
        if not _is_closed_to_listeners(self.public_url or ""):
            message = "production needs a PUBLIC_URL of https, or of http on this machine alone"
            raise ValueError(message)
        if self.argon2_memory_kib < LEAST_MEMORY_KIB:
            message = f"production needs ARGON2_MEMORY_KIB of {LEAST_MEMORY_KIB} or more"
            raise ValueError(message)
        if self.open_role_registration:
            message = "production refuses OPEN_ROLE_REGISTRATION"
            raise ValueError(message)
        if any(provider.issuer.startswith("http:") for provider in self.providers.values()):
            message = "production takes providers over https only"
            raise ValueError(message)
        return self


def handed_down(**ours: str) -> dict[str, str]:
    """The environment of a child: what this process was told, and what it adds or says otherwise."""
    kept = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    return {**kept, **ours}


def _is_closed_to_listeners(url: str) -> bool:
    """Whether cookies that are for https work there: browsers take the own machine's http for as safe."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
