"""`flask --app app new-integration` writes vendors that work at once, or writes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from integrations import ALL
from proxy.operating.new_integration import new_integration_command
from tests.source_tree import ROOT, tracked_files

PATIENCE_SECONDS = 120
# Short and long names, and one of several words.
INSIDE = {"reference": "acme", "oauth": "example_tickets1", "door": "b"}
OUTSIDE = {"reference": "example_checks12", "oauth": "x9", "door": "example_gate"}
MOST_LINES = {"reference": 95, "oauth": 60, "door": 60}
# The rules that the repository's tests and simulators may break, as pyproject.toml says.
ALLOWED = ("test_*.py:S101", "test_*.py:SIM300", "*_simulator.py:S105", "*_simulator.py:S106")
DEMONSTRATION = """
import sys
import requests
from sandbox.discovery import guest
from sandbox.drive import drive
from sandbox.runner import Sandbox
from sandbox.stage import Options
guests = tuple(guest(f"{name}_simulator:SIMULATOR") for name in sys.argv[1:])
with Sandbox(Options(port=0, guests=guests)) as sandbox:
    sys.exit(1) if not drive(sandbox) else print(requests.get(sandbox.url, timeout=30).text)
"""


@dataclass(frozen=True, slots=True)
class Written:
    """A copy of the repository with a vendor of each kind, and a folder with others.

    `files` are those that were written; `said` holds the command's output by the vendor's name.
    """

    copy: Path
    folder: Path
    files: list[Path]
    said: dict[str, str]

    def run(self, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy, where both kinds of vendors can be imported."""
        path = f"{self.copy}{os.pathsep}{self.folder}"
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.copy,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    @property
    def modules(self) -> list[Path]:
        """The Python files among them."""
        return [path for path in dict.fromkeys(self.files) if path.suffix == ".py"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    copy, folder = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("outside")
    for path in tracked_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)
    world = Written(copy, folder, [], {})
    command = new_integration_command({}, ALL, copy)
    for names, into in ((INSIDE, ()), (OUTSIDE, ("--into", str(folder)))):
        for kind, name in names.items():
            result = CliRunner().invoke(command, [name, "--kind", kind, *into])
            assert 0 == result.exit_code, result.output
            world.said[name] = result.output
            listed = result.output.partition("\n\n")[0].splitlines()[1:]
            world.files.extend((folder if into else copy) / line.strip() for line in listed)
    return world


@pytest.fixture(scope="module")
def shown(written: Written) -> str:
    """Return what a sandbox with all of them says, and its page."""
    run = written.run("-c", DEMONSTRATION, *OUTSIDE.values())
    assert (0, "") == (run.returncode, run.stderr), run.stdout
    return run.stdout


def test_it_works_before_anything_is_configured(written: Written) -> None:
    run = written.run("-m", "flask", "--app", "app", "new-integration", "--help")

    assert (0, "") == (run.returncode, run.stderr)
    assert all(f"\n  {kind} " in run.stdout for kind in INSIDE)


def test_vendors_are_written_in_the_house_style(written: Written) -> None:
    ruff = ("check", "--no-cache", "--config", str(written.copy / "pyproject.toml"))
    allowed = [option for rule in ALLOWED for option in ("--extend-per-file-ignores", rule)]
    inside = [path for path in written.modules if path.is_relative_to(written.copy)]

    # Where Ruff runs says what is first-party.
    assert "" == in_folder(written.copy, *ruff, *inside)
    assert "" == in_folder(written.folder, *ruff, *allowed, written.folder)
    assert "" == in_folder(written.copy, "format", "--no-cache", "--check", *written.modules)


def in_folder(folder: Path, *arguments: str | Path) -> str:
    """Return what Ruff finds fault with."""
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    return run.stdout + run.stderr if run.returncode else ""


def test_vendors_are_written_with_their_types(written: Written) -> None:
    run = written.run("-m", "mypy", *written.modules, MYPYPATH=str(written.folder))
    assert 0 == run.returncode, run.stdout


@pytest.mark.parametrize("kind", INSIDE)
def test_a_vendor_is_short(written: Written, kind: str) -> None:
    text = (written.copy / "integrations" / f"{INSIDE[kind]}.py").read_text()
    assert MOST_LINES[kind] >= len(text.splitlines())


def test_no_word_of_the_example_is_left(written: Written) -> None:
    others = [path for path in written.files if "acme" not in str(path)]
    texts = [path.read_text() for path in others if path.name != "__init__.py"]
    assert [] == [text for text in texts if "acme" in text.lower() or "RANK" in text]


def test_their_tests_pass(written: Written) -> None:
    inside = [f"tests/integrations/{name}" for name in INSIDE.values()]
    outside = [written.folder / f"test_{name}.py" for name in OUTSIDE.values()]
    run = written.run("-m", "pytest", "-c", "pyproject.toml", *inside, *outside)

    assert 0 == run.returncode, run.stdout


def test_what_to_do_next_is_said_in_the_last_lines(written: Written) -> None:
    inside, outside = written.said["acme"], written.said["example_gate"]

    assert "-m pytest tests/integrations/acme\n" in inside
    assert f"export PYTHONPATH={written.folder}\n" in outside
    assert f"-m pytest -c pyproject.toml {written.folder}/test_example_gate.py\n" in outside
    assert "-m sandbox --with example_gate_simulator:SIMULATOR\n" in outside
    assert outside.endswith(f"INTEGRATIONS={ALL[0].name},example_gate:EXAMPLE_GATE\n")


@pytest.mark.parametrize(
    "step",
    [
        "ExampleChecks12 > Proxy  callback",
        "Browser > ExampleTickets1  consent",
        "Browser > X9Vendor  consent",
        "vouched for by BVendor",
        "vouched for by ExampleGate",
    ],
)
def test_they_take_part_in_the_demonstration(shown: str, step: str) -> None:
    assert step in shown


def test_one_that_checks_can_be_chosen_on_the_demo_page(shown: str) -> None:
    assert "<span>ExampleChecks12</span>" in shown


@pytest.mark.parametrize("name", ["example_tickets1", "b", "x9", "example_gate"])
def test_the_others_have_cards_on_the_demo_page(shown: str, name: str) -> None:
    assert f' id="{name}" aria-labelledby="{name}-title"' in shown
    assert f'data-switch="{name}"' in shown


# Refusals


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return what is left of a repository: a list, and two of the sandbox's names."""
    for name in ("integrations/__init__.py", "sandbox/kit/__init__.py", "sandbox/stage.py"):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text("")
    listing = (ROOT / "integrations" / "__init__.py").read_text()
    (tmp_path / "root" / "integrations" / "__init__.py").write_text(listing)
    return tmp_path / "root"


def refusal(root: Path, *arguments: str | Path) -> str:
    """Return why the command refuses; nothing may have changed anywhere in the repository."""
    before = texts(root)
    command = new_integration_command({}, ALL, root)
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert (1, before) == (result.exit_code, texts(root)), result.output
    told = result.output.removeprefix("Error: Nothing was written: ")
    assert told != result.output
    return told.strip()


def texts(folder: Path) -> dict[str, str]:
    """Return the texts of all files in a folder, by their paths."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


@pytest.mark.parametrize("name", ["Acme", "9lives", "a-b", "a.b", "../acme", "a" * 41, ""])
def test_a_name_is_lower_case_letters_digits_and_underscores(name: str, root: Path) -> None:
    assert refusal(root, name, "--kind", "door").startswith(f"{name!r} is no name; one has")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nonlocal", "nonlocal is no name: nonlocal means something else in its files"),
        ("none", "none is no name: None means something else in its files"),
        ("json", "json is no name: JSON means something else in its files"),
        ("limits", "limits is no name: Limits means something else in its files"),
        ("hop_log", "hop_log is no name: HopLog means something else in its files"),
        (ALL[0].name, f"there is an integration that is named {ALL[0].name}"),
        ("kit", "there is sandbox/kit already"),
        ("stage", "there is sandbox/stage.py already"),
    ],
)
def test_a_name_that_means_something_else_is_refused(name: str, reason: str, root: Path) -> None:
    assert reason == refusal(root, name, "--kind", "reference")


@pytest.mark.parametrize("name", ["json", "flask", "sandbox"])
def test_a_name_that_would_hide_a_module_is_refused(name: str, root: Path) -> None:
    (root / "own").mkdir()
    reason = f"there is a module that is named {name}"

    assert reason == refusal(root, name, "--kind", "oauth", "--into", root / "own")


@pytest.mark.parametrize("name", ["shop", "session", "account"])
def test_a_word_that_stands_for_nothing_else_is_a_name(name: str, root: Path) -> None:
    command = new_integration_command({}, ALL, root)

    assert 0 == CliRunner().invoke(command, [name, "--kind", "oauth"]).exit_code


def test_a_folder_that_is_not_there_is_not_made(root: Path) -> None:
    there = root / "nowhere"

    told = refusal(root, "acme", "--kind", "door", "--into", there)

    assert f"there is no folder {there}; make it first" == told


def test_a_file_that_is_there_is_left_alone(root: Path) -> None:
    (root / "acme.md").write_text("mine")
    reason = f"there is {root}/acme.md already"

    assert reason == refusal(root, "acme", "--kind", "door", "--into", root)


def test_a_list_that_was_rewritten_is_left_alone(root: Path) -> None:
    (root / "integrations" / "__init__.py").write_text("ALL = ()\n")
    reason = "integrations/__init__.py does not look as it did; its entry cannot be added"

    assert reason == refusal(root, "acme", "--kind", "door")


def test_a_kind_must_be_chosen(root: Path) -> None:
    result = CliRunner().invoke(new_integration_command({}, ALL, root), ["acme"])

    assert 2 == result.exit_code
    assert "--kind" in result.output
