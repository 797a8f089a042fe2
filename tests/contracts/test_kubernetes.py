"""The manifests of deploy/kubernetes fit each other and the program."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from server.routes import ROUTES
from server.serving import DRAINED_WITHIN_S
from server.settings import Settings
from tests.harness.deploy import COMMANDS, DEPLOY, NEEDED, SECRETS, SETTINGS, manifests, nginx_conf

OBJECTS = {(one["kind"], one["metadata"]["name"]): one for one in manifests()}
API = {
    "ConfigMap": "v1",
    "Secret": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "Job": "batch/v1",
    "PodDisruptionBudget": "policy/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
}
WORKLOADS = [("Deployment", "coursewire-web"), ("Deployment", "coursewire-worker"), ("Job", "coursewire-migrate")]
ANNOTATION = "nginx.ingress.kubernetes.io/"


def template(workload: tuple[str, str]) -> dict[str, Any]:
    return OBJECTS[workload]["spec"]["template"]


def container(workload: tuple[str, str]) -> dict[str, Any]:
    (only,) = template(workload)["spec"]["containers"]
    return only


def test_every_object_has_its_form():
    """The right apiVersion, a name, no namespace of its own, and none twice."""
    assert len(OBJECTS) == len(list(manifests()))
    for (kind, _), one in OBJECTS.items():
        assert one["apiVersion"] == API[kind]
        assert "namespace" not in one["metadata"]
        assert set(one) <= {"apiVersion", "kind", "metadata", "spec", "data", "stringData", "type"}
    assert set(API) == {kind for kind, _ in OBJECTS}


def test_every_selector_finds_pods():
    """Deployments, service, budget and policies select labels that the pods carry."""
    labels = [template(workload)["metadata"]["labels"] for workload in WORKLOADS]
    for (kind, name), one in OBJECTS.items():
        spec = one.get("spec", {})
        selector = spec.get("podSelector") or spec.get("selector") or {}
        wanted = selector if kind == "Service" else selector.get("matchLabels", {})
        assert not wanted or any(wanted.items() <= have.items() for have in labels), name
    for workload in WORKLOADS[:2]:
        assert OBJECTS[workload]["spec"]["selector"]["matchLabels"] == template(workload)["metadata"]["labels"]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_pod_is_closed(workload: tuple[str, str]):
    """No root, nothing to write on but memory, no rights, no account of the cluster, and limits."""
    pod, one = template(workload)["spec"], container(workload)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    closed = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert one["securityContext"] == closed
    assert one["resources"]["requests"].keys() == {"cpu", "memory"}
    assert one["resources"]["limits"]["memory"]


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_pod_runs_what_the_program_offers(workload: tuple[str, str]):
    """Its command exists, its settings are those of the config map, and its volumes are there."""
    one = container(workload)
    assert one["args"][0] in COMMANDS
    assert one["envFrom"] == [{"configMapRef": {"name": "coursewire"}}]
    volumes = {volume["name"]: volume for volume in template(workload)["spec"]["volumes"]}
    assert {mount["name"] for mount in one["volumeMounts"]} == set(volumes)
    assert volumes["secrets"]["secret"] == {"secretName": "coursewire", "defaultMode": 0o440}


def test_the_settings_are_those_of_the_program():
    """Names exist, secrets come as files of the secret, and the template has names but no values."""
    data, secret = OBJECTS["ConfigMap", "coursewire"]["data"], OBJECTS["Secret", "coursewire"]["stringData"]
    assert set(data) <= SETTINGS
    assert SECRETS.isdisjoint(data)
    files = {name.removesuffix("_FILE"): value for name, value in data.items() if name.endswith("_FILE")}
    assert set(files) >= NEEDED
    assert sorted(files.values()) == sorted(f"/run/secrets/coursewire/{name}" for name in secret)
    assert set(secret.values()) == {""}
    assert data["PUBLIC_URL"] == f"https://{OBJECTS['Ingress', 'coursewire']['spec']['rules'][0]['host']}"
    plain = {name.lower(): value for name, value in data.items() if not name.endswith("_FILE")}
    Settings(_env_file=None, **{**plain, "app_env": "development"})


def test_probes_ask_what_they_mean():
    """Start and readiness ask for all that is needed, life for the process alone; figures as they were reckoned."""
    web = container(WORKLOADS[0])
    assert web["startupProbe"]["httpGet"]["path"] == web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert web["livenessProbe"]["httpGet"]["path"] == "/livez"
    figures = {
        name: (web[name]["periodSeconds"], web[name]["failureThreshold"])
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    assert figures == {"startupProbe": (2, 30), "livenessProbe": (10, 3), "readinessProbe": (3, 2)}
    assert [port["name"] for port in web["ports"]] == ["http"]
    assert OBJECTS["Service", "coursewire-web"]["spec"]["ports"][0]["targetPort"] == "http"


def test_an_upgrade_ends_nothing_early():
    """The grace covers preStop, what is under way and a reserve; no instance less, and one at a time."""
    grace = template(WORKLOADS[0])["spec"]["terminationGracePeriodSeconds"]
    pre_stop = container(WORKLOADS[0])["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert grace >= pre_stop + DRAINED_WITHIN_S + 10
    web = OBJECTS[WORKLOADS[0]]["spec"]
    assert web["replicas"] >= 2
    assert web["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert OBJECTS["PodDisruptionBudget", "coursewire-web"]["spec"]["maxUnavailable"] == 1


def test_the_ingress_has_the_duties_of_nginx():
    """The same limits, paths and waits as deploy/nginx.conf, and no way to the figures."""
    conf, seen = nginx_conf(1, "127.0.0.1:2", "127.0.0.1:3"), []
    for (kind, _), one in OBJECTS.items():
        if kind == "Ingress":
            notes = {name.removeprefix(ANNOTATION): value for name, value in one["metadata"]["annotations"].items()}
            assert f"client_max_body_size {notes['proxy-body-size']};" in conf
            assert f"proxy_read_timeout {notes['proxy-read-timeout']}s;" in conf
            assert f"proxy_next_upstream {notes['proxy-next-upstream']};" in conf
            seen += [path["path"] for path in one["spec"]["rules"][0]["http"]["paths"]]
    regular = [path for path in seen if "(/v1)" in path]
    assert len(regular) == 3
    assert all(f"location ~ ^{path} " in conf for path in regular)
    assert {"/api/", r"/socket\.io/"} <= set(seen)
    assert {"/", "/metrics"}.isdisjoint(seen)


def test_the_ingress_leads_to_what_is_public():
    """Every route and page but the probes of the cluster and the figures."""
    ingresses = [one for (kind, _), one in OBJECTS.items() if kind == "Ingress"]
    paths = [path["path"] for one in ingresses for path in one["spec"]["rules"][0]["http"]["paths"]]
    leads = re.compile("|".join(f"(?:{path})" for path in paths), re.IGNORECASE)
    routes = {re.sub(r"\{\w+\}", "x", path) for route in ROUTES for path in route.paths}
    pages = {"/", "/app", "/app/", "/web/app/main.js"}
    assert {path for path in routes | pages if not leads.match(path)} == {"/livez", "/readyz", "/metrics"}


def test_databases_are_all_that_a_process_reaches():
    """Outwards: names, MongoDB and Redis; for jobs mail as well; inwards only the web, on its one port."""
    web, jobs = (OBJECTS["NetworkPolicy", name]["spec"] for name in ("coursewire-web", "coursewire-jobs"))
    ports = [{port["port"] for rule in policy["egress"] for port in rule["ports"]} for policy in (web, jobs)]
    assert ports == [{53, 27017, 6379}, {53, 27017, 6379, 465, 587}]
    assert [port["port"] for rule in web["ingress"] for port in rule["ports"]] == [8000]
    assert "ingress" not in jobs
    assert {"Ingress", "Egress"} == set(web["policyTypes"]) == set(jobs["policyTypes"])


def test_kustomize_renders_all_but_the_secret():
    """Everything is listed, and kubectl accepts the list where it is installed."""
    folder = DEPLOY / "kubernetes"
    listed = set(yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))["resources"])
    there = {path.name for path in folder.glob("*.yaml")}
    assert there - listed == {"kustomization.yaml", "secret.template.yaml"}
    kubectl = shutil.which("kubectl")
    if not kubectl:
        pytest.skip("no kubectl on this machine")
    rendered = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=True).stdout
    names = {(one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(rendered)}
    assert names == set(OBJECTS) - {("Secret", "coursewire")}
