"""What `.dockerignore` lets into the image is enough to serve, and the Dockerfile's lines do it.

`.ci/image` builds the whole image, where there is a builder.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from sandbox.ports import free_port
from tests import missing
from tests.example_environment import read_deployment
from tests.patience import PATIENCE_SECONDS, wait_until
from tests.serving.gunicorn_process import environment, procfile_command
from tests.source_tree import ROOT, tracked_files

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
IGNORED = (ROOT / ".dockerignore").read_text().splitlines()
ALLOWED = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
COMMAND: list[str] = json.loads(re.findall(r"(?m)^CMD (\[.*\])$", DOCKERFILE)[0])
HEALTH: list[str] = json.loads(re.findall(r"(?m)^HEALTHCHECK .* CMD (\[.*\])$", DOCKERFILE)[0])


def _is_in_the_image(path: Path) -> bool:
    return any(fnmatch(path.parts[0], allowed) for allowed in ALLOWED)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that an image has."""
    folder = tmp_path_factory.mktemp("image")
    for path in filter(_is_in_the_image, tracked_files()):
        (folder / path.parent).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path)
    return folder


class Container:
    """The image's command, with its files."""

    def __init__(self, image: Path) -> None:
        port = str(free_port())
        wanted = {**read_deployment(), "HOST": "127.0.0.1", "PORT": port}
        self.variables = {**environment(wanted), "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nowhere"}
        self._image = image
        self.process = subprocess.Popen(
            COMMAND, cwd=image, env=self.variables, stdout=subprocess.PIPE, start_new_session=True
        )

    def health(self, **changed: str) -> int:
        """Return what the health check exits with."""
        variables = {**self.variables, **changed}
        checked = subprocess.run(
            HEALTH, cwd=self._image, env=variables, stderr=subprocess.DEVNULL, check=False
        )
        return checked.returncode

    def close(self) -> None:
        """End everything at once."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def container(image: Path) -> Iterator[Container]:
    """Return a container that is healthy."""
    started = Container(image)
    try:
        wait_until(lambda: started.health() == 0, "healthy")
        yield started
    finally:
        started.close()


def test_the_files_of_the_image_serve_until_sigterm(container: Container, image: Path) -> None:
    before = set(image.rglob("*"))
    container.process.terminate()
    output, _ = container.process.communicate(timeout=PATIENCE_SECONDS)
    assert 0 == container.process.returncode
    said = re.findall(r"(?m)^event=serving .*; public at (\S+)\"", output.decode())
    assert [container.variables["PUBLIC_URL"]] == said
    assert set() == set(image.rglob("*")) - before


def test_the_health_check_fails_without_a_server(container: Container) -> None:
    assert 0 != container.health(PORT="1")


def test_the_image_runs_the_procfiles_command_without_a_shell() -> None:
    assert procfile_command("web").replace("'", "").split() == COMMAND


def test_nothing_else_is_let_in() -> None:
    assert "*" == next(line for line in IGNORED if not line.startswith("#"))
    top = {path.parts[0] for path in tracked_files() if _is_in_the_image(path)}
    code = {"app.py", "crypto", "gunicorn.conf.py", "integrations", "proxy"}
    assert code | {"LICENSE"} == {name for name in top if not name.startswith("requirements")}
    assert not _is_in_the_image(Path(".env"))


def test_only_locked_files_are_installed() -> None:
    installs = re.findall(r"pip .*?install.*?(?=;)", DOCKERFILE)
    assert 1 == len(installs)
    assert "--require-hashes" in installs[0]
    assert "--only-binary :all:" in installs[0]


TOOLS = {
    "hadolint": ["hadolint", "Dockerfile"],
    "check-jsonschema": [
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml",
    ],
    "kubernetes-validate": ["kubernetes-validate", "--strict", "docs/deploy/kubernetes.yaml"],
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_the_tool_of_the_trade_finds_nothing(tool: str) -> None:
    """They are too large for every clone: `.ci/run` fetches them."""
    missing.program(tool, otherwise=f"{TOOLS[tool][-1]} is not judged by it")
    judged = subprocess.run(TOOLS[tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert 0 == judged.returncode, judged.stdout + judged.stderr
