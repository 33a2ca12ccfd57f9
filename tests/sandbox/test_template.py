"""What `make template` does before a browser comes: tools, copies, and a build of the day."""

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.hosting.environment import MARK
from sandbox.proxy_process import REPOSITORY
from sandbox.template.__main__ import main
from sandbox.template.checkout import build, copy_checkout
from sandbox.template.tools import TemplateError, Tools, node_suits
from tests import missing

YARN = """#!/bin/sh
mkdir -p build
echo built >> "$BUILDS"
"""
ENVIRONMENT = {"REACT_APP_MARKETPLACE_NAME": "Tideline Rentals"}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Make a folder that looks like a checkout of the template, with its owner's own files."""
    folder = tmp_path / "web-template"
    for name in ("server/index.js", "src/index.js", "yarn.lock", ".env", "build/index.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "package.json").write_text('{"version": "12.2.0"}')
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    """Return tools whose yarn only counts."""
    yarn = tmp_path / "bin" / "yarn"
    yarn.parent.mkdir()
    yarn.write_text(YARN)
    yarn.chmod(0o755)
    return Tools(f"{yarn.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    return copy_checkout(checkout, tmp_path / "copy")


def builds_of(copy: Path, tools: Tools, **changed: str) -> int:
    """Build, and return how often that has been done."""
    count = copy.with_name("builds")
    build(copy, {**ENVIRONMENT, "BUILDS": str(count), **changed}, tools, lambda _: None)
    return len(count.read_text().splitlines())


@pytest.mark.parametrize(
    ("version", "suits"),
    [
        ((), False),
        ((20, 20, 2), False),
        ((22, 21, 9), False),
        ((22, 22, 0), True),
        ((23, 1, 0), False),
        ((24, 0, 0), True),
    ],
)
def test_node_is_as_new_as_the_template_asks_for(version: tuple[int, ...], suits: bool) -> None:
    assert suits == node_suits(version)


def test_a_copy_has_the_sources_and_nothing_that_is_its_owners_own(copy: Path) -> None:
    assert "src/index.js" == (copy / "src" / "index.js").read_text()
    assert not (copy / ".env").exists()
    assert not (copy / "build").exists()


def test_what_has_gone_from_the_checkout_goes_from_the_copy(checkout: Path, copy: Path) -> None:
    (checkout / "src" / "index.js").unlink()

    copy_checkout(checkout, copy)

    assert not (copy / "src" / "index.js").exists()


def test_a_link_that_leads_nowhere_is_left_behind(checkout: Path, copy: Path) -> None:
    (checkout / ".#README.md").symlink_to("somebody@a-machine.4711")

    copy_checkout(checkout, copy)

    assert not (copy / ".#README.md").is_symlink()


def test_packages_that_are_installed_there_are_used_from_there(checkout: Path, copy: Path) -> None:
    (checkout / "node_modules").mkdir()
    (checkout / "node_modules" / ".yarn-integrity").touch()

    copy_checkout(checkout, copy)

    assert (checkout / "node_modules").resolve() == (copy / "node_modules").resolve()


def test_the_same_is_built_once(copy: Path, tools: Tools) -> None:
    assert [1, 1] == [builds_of(copy, tools), builds_of(copy, tools)]


def test_other_sources_are_built_again(checkout: Path, copy: Path, tools: Tools) -> None:
    builds_of(copy, tools)
    (checkout / "src" / "index.js").write_text("other")
    copy_checkout(checkout, copy)

    assert 2 == builds_of(copy, tools)


def test_other_settings_are_built_again(copy: Path, tools: Tools) -> None:
    builds_of(copy, tools)

    assert 2 == builds_of(copy, tools, PORT="4001")
    assert (copy / ".env").read_text().startswith(MARK)


def test_a_build_that_fails_tells_why_and_is_tried_again(copy: Path, tools: Tools) -> None:
    yarn = Path(tools.path.partition(os.pathsep)[0]) / "yarn"
    yarn.write_text("#!/bin/sh\necho no such module\nexit 3\n")
    with pytest.raises(TemplateError, match=r"ended with 3 .*\nno such module"):
        builds_of(copy, tools)
    yarn.write_text(YARN)

    assert 1 == builds_of(copy, tools)


def test_a_folder_that_is_no_checkout_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 1 == main([str(tmp_path)])

    assert f"{tmp_path} is no checkout" in capsys.readouterr().err


def test_without_a_checkout_one_line_says_what_to_give() -> None:
    make = missing.program("make", otherwise="its target is not tested")
    told = subprocess.run(
        [make, "--no-print-directory", "template"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 2 == told.returncode
    (line,) = told.stdout.splitlines()
    assert "make template TEMPLATE=" in line
