"""The files for platforms agree with the app, and with each other."""

from __future__ import annotations

import re
import secrets
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # no stubs for four files

from app import create_app
from proxy.platforms import PLATFORM_VARIABLES
from tests.documents import deleted, is_of_a_deleted_one
from tests.example_environment import read_deployment, read_example
from tests.serving.gunicorn_process import procfile_command
from tests.source_tree import ROOT

FOLDER = ROOT / "docs" / "deploy"
# gunicorn.conf.py: what is under way is answered for so long, and then it ends.
GRACE_SECONDS = 28
PRE_STOP_SECONDS = 5


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def _kubernetes() -> dict[str, Any]:
    return {
        one["kind"]: one for one in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    }


RENDER: dict[str, Any] = _yaml(ROOT / "render.yaml")["services"][0]
LISTED: str = next(one["value"] for one in RENDER["envVars"] if one["key"] == "INTEGRATIONS")
FLY: dict[str, Any] = tomllib.loads((ROOT / "fly.toml").read_text())
COMPOSE: dict[str, Any] = _yaml(ROOT / "compose.yaml")["services"]
POD: dict[str, Any] = _kubernetes()["Deployment"]["spec"]["template"]["spec"]
CONTAINER: dict[str, Any] = POD["containers"][0]
UNIT = dict(re.findall(r"(?m)^([A-Za-z]+)=(.*)$", (FOLDER / "echoseal.service").read_text()))


def test_every_platform_waits_longer_than_the_app_takes_to_end() -> None:
    granted = {
        "Compose": int(COMPOSE["echoseal"]["stop_grace_period"].removesuffix("s")),
        "Fly": int(FLY["kill_timeout"].removesuffix("s")),
        "Kubernetes": POD["terminationGracePeriodSeconds"] - PRE_STOP_SECONDS,
        "Render": RENDER["maxShutdownDelaySeconds"],
        "systemd": int(UNIT["TimeoutStopSec"]),
    }
    assert {} == {name: given for name, given in granted.items() if given <= GRACE_SECONDS + 5}
    assert f"graceful_timeout = {GRACE_SECONDS}\n" in (ROOT / "gunicorn.conf.py").read_text()
    assert ["sleep", str(PRE_STOP_SECONDS)] == CONTAINER["lifecycle"]["preStop"]["exec"]["command"]


def test_every_platform_starts_what_the_procfile_starts() -> None:
    web = shlex.split(procfile_command("web"))
    assert web == shlex.split(RENDER["startCommand"])
    assert web[1:] == UNIT["ExecStart"].split()[1:]
    assert UNIT["ExecStart"].split()[0].endswith(f"/.venv/bin/{web[0]}")


def test_every_platform_that_can_checks_the_configuration_first() -> None:
    check = procfile_command("release").split(" && ")[1]
    assert check == RENDER["preDeployCommand"] == FLY["deploy"]["release_command"]
    assert UNIT["ExecStartPre"].endswith(f"/.venv/bin/{check}")


def test_what_ends_a_process_asks_about_this_process_alone() -> None:
    asked = {
        RENDER["healthCheckPath"],
        *(check["path"] for check in FLY["http_service"]["checks"]),
        CONTAINER["livenessProbe"]["httpGet"]["path"],
        CONTAINER["startupProbe"]["httpGet"]["path"],
    }
    assert {"/healthz"} == asked
    assert "/readyz" == CONTAINER["readinessProbe"]["httpGet"]["path"]


def test_every_port_is_the_one_that_is_listened_at() -> None:
    ports = {
        FLY["env"]["PORT"],
        str(FLY["http_service"]["internal_port"]),
        COMPOSE["echoseal"]["environment"]["PORT"],
        *COMPOSE["echoseal"]["expose"],
        *(str(port["containerPort"]) for port in CONTAINER["ports"]),
    }
    assert {"8000"} == ports


def test_every_variable_that_a_file_sets_is_read() -> None:
    named = {
        *(asked["key"] for asked in RENDER["envVars"]),
        *FLY["env"],
        *COMPOSE["echoseal"]["environment"],
        *(one["name"] for one in CONTAINER["env"]),
        "HOST",
    }
    own = {name for name in named if not is_of_a_deleted_one(name)}
    assert set() == own - read_example().keys()


@pytest.mark.skipif(LISTED in deleted(), reason=f"{LISTED}, which it lists, is deleted")
def test_what_render_asks_for_is_a_complete_configuration() -> None:
    typed = read_deployment()
    variables = {"RENDER_EXTERNAL_URL": "https://echoseal.onrender.com"}
    for asked in RENDER["envVars"]:
        given = secrets.token_urlsafe(32) if asked.get("generateValue") else asked.get("value")
        variables[asked["key"]] = given if given is not None else typed[asked["key"]]
    assert 200 == create_app(variables).test_client().get("/healthz").status_code


def test_no_file_sets_an_address_that_the_platform_tells() -> None:
    told = {"PUBLIC_URL", *PLATFORM_VARIABLES}
    assert set() == told & {asked["key"] for asked in RENDER["envVars"]}
    assert set() == (told | {"TRUSTED_PROXY_HOPS"}) & FLY["env"].keys()


def test_containers_may_do_no_more_than_serve() -> None:
    compose, kubernetes = COMPOSE["echoseal"], CONTAINER["securityContext"]
    assert (True, ["ALL"]) == (compose["read_only"], compose["cap_drop"])
    assert "ports" not in compose
    assert (True, True) == (
        POD["securityContext"]["runAsNonRoot"],
        kubernetes["readOnlyRootFilesystem"],
    )
    assert (False, ["ALL"]) == (
        kubernetes["allowPrivilegeEscalation"], kubernetes["capabilities"]["drop"]
    )  # fmt: skip
    user = re.findall(r"(?m)^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text())
    ids = (POD["securityContext"]["runAsUser"], POD["securityContext"]["runAsGroup"])
    assert [tuple(map(str, ids))] == user


def test_the_services_of_kubernetes_find_its_pods() -> None:
    found = _kubernetes()
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert labels == found["Deployment"]["spec"]["selector"]["matchLabels"]
    assert labels == found["Service"]["spec"]["selector"]
    assert labels == found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    ports = {port["name"] for port in CONTAINER["ports"]}
    assert {port["targetPort"] for port in found["Service"]["spec"]["ports"]} == ports


def test_caddy_in_compose_is_the_caddy_that_is_tested() -> None:
    tested = (FOLDER / "caddy-tls-only.Caddyfile").read_text()
    expected = (
        tested[tested.index("{\n\tadmin") :]
        .replace("\tadmin localhost:2019\n", "\tadmin off\n")
        .replace("# CHANGE\nmarket.example {", "{$MARKET_HOST} {")
        .replace(
            "\t\t# CHANGE\n\t\treverse_proxy 127.0.0.1:8000", "\t\treverse_proxy echoseal:8000"
        )
    )
    composed = (FOLDER / "compose.Caddyfile").read_text()
    assert expected == composed[composed.index("{\n\tadmin") :]
    assert "./docs/deploy/compose.Caddyfile:/etc/caddy/Caddyfile:ro" in COMPOSE["caddy"]["volumes"]
