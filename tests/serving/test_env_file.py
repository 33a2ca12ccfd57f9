"""The file `.env`: read alike by commands and server, and named wherever it was read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proxy.serving.env_file import EnvFile, read_env_file
from proxy.serving.start import serving_or_exit
from proxy.settings import Settings
from proxy.settings_reader import ConfigurationError
from tests.example_environment import read_deployment
from tests.source_tree import ROOT

VALUES = {
    "A=plain": "plain",
    "A = spaced": "spaced",
    "export A=exported": "exported",
    'A="two words"': "two words",
    "A='two words # kept'": "two words # kept",
    'A="a # kept"  # a comment': "a # kept",
    "A=two words": "two words",
    "A=value # a comment": "value",
    "A=a#b": "a#b",
    "A=": "",
    'A="line\\nline"': "line\nline",
    "A=pa$$word": "pa$$word",
    "# A=nothing": None,
    "A": None,
    "\ufeffA=marked": "marked",
    "A=caf\xe9": "caf\xe9",
    "A=first\r\nB=second\r": "first",
    "A=one\nA=two": "two",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder of the test, in which `.env` is looked for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLASK_SKIP_DOTENV")
    return tmp_path


@pytest.mark.parametrize(("text", "expected"), VALUES.items(), ids=[ascii(text) for text in VALUES])
def test_a_line_is_read(folder: Path, text: str, expected: str | None) -> None:
    (folder / ".env").write_text(text, encoding="utf-8", newline="")
    variables: dict[str, str] = {}
    read_env_file(variables)
    assert expected == variables.get("A")


def test_the_environment_wins_and_the_file_is_told_with_what_is_from_it(folder: Path) -> None:
    (folder / ".env").write_text("A=file\nB=file\nC=file")
    variables = {"A": "environment", "B": ""}
    assert EnvFile(folder / ".env", ("C",)) == read_env_file(variables)
    assert {"A": "environment", "B": "", "C": "file"} == variables


def test_read_again_it_tells_the_same(folder: Path) -> None:
    (folder / ".env").write_text("A=file")
    variables: dict[str, str] = {}
    assert read_env_file(variables) == read_env_file(variables)


def test_it_is_looked_for_upwards_and_named_by_its_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("A=file")
    (folder / "inside").mkdir()
    monkeypatch.chdir(folder / "inside")
    found = read_env_file({})
    assert found is not None
    assert found.told().startswith(f"{folder / '.env'} was read, and")


def test_no_value_is_told(folder: Path) -> None:
    (folder / ".env").write_text("\n".join(f"NAME_{number}=secret" for number in range(9)))
    found = read_env_file({})
    assert found is not None
    assert "secret" not in found.told()
    assert found.told().endswith("NAME_0, NAME_1, NAME_2, NAME_3, NAME_4 and 4 more")


BROKEN = {
    b"A=fine\n\nB=caf\xe9\n": "is not UTF-8 text (line 3)",
    "A=fine\n".encode("utf-16"): "is UTF-16, and not UTF-8 text (line 1)",
    "A=fine\n".encode("utf-16-le"): "is not UTF-8 text (line 1 has a NUL character)",
    b"A=fine\r\nB=a\0b\r\n": "is not UTF-8 text (line 2 has a NUL character)",
    b"A=fine\n\nsecret-word\n\nB secret=1\n": "cannot be read from line 5 on",
    b"A=fine\n\nB='secret\nC=fine\n": "cannot be read from line 3 on",
    b"A='it''s'\n": "cannot be read from line 1 on",
    b"# all that a person writes by hand fits\n" * 50_000: "has more than 1 MiB",
}


@pytest.mark.parametrize(("content", "told"), BROKEN.items(), ids=BROKEN.values())
def test_what_cannot_be_read_whole_is_told_with_its_line(
    folder: Path, content: bytes, told: str
) -> None:
    (folder / ".env").write_bytes(content)
    variables: dict[str, str] = {}
    with pytest.raises(ConfigurationError) as refused:
        read_env_file(variables)
    (problem,) = refused.value.problems
    assert problem.startswith(f"{folder}/.env {told}")
    assert "secret" not in problem
    assert {} == variables


def test_a_pipe_is_refused_before_it_is_waited_for(folder: Path) -> None:
    os.mkfifo(folder / ".env")
    with pytest.raises(ConfigurationError, match=r"\.env is a pipe.*make it a file"):
        read_env_file({})


def test_a_folder_of_the_name_is_left_out_and_told(folder: Path) -> None:
    (folder / ".env").mkdir()
    found = read_env_file({})
    assert found is not None
    assert f"{folder}/.env was left out: it is a folder" == found.told()


def test_a_link_that_leads_nowhere_is_left_out_and_told(folder: Path) -> None:
    (folder / ".env").symlink_to("nowhere")
    found = read_env_file({})
    assert found is not None
    assert f"{folder}/.env was left out: it is no file" == found.told()


def test_a_file_that_another_user_has_read_for_us_is_left_out_and_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    (folder / ".env").write_text("A=file")
    # To the superuser nothing is closed.
    monkeypatch.setattr(Path, "open", closed)
    found = read_env_file({})
    assert found is not None
    assert f"{folder}/.env was left out: this process may not read it" == found.told()


def test_a_start_that_misses_something_names_the_file_that_was_left_out(folder: Path) -> None:
    def refused() -> Settings:
        raise ConfigurationError(["A is not set"])

    left_out = EnvFile(folder / ".env", (), "this process may not read it")
    with pytest.raises(SystemExit, match=r"\.env was left out.*\n- A is not set"):
        serving_or_exit({}, refused, lambda _: left_out)


def test_it_can_be_turned_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("A=file")
    monkeypatch.setenv("FLASK_SKIP_DOTENV", "1")
    variables: dict[str, str] = {}
    assert (None, {}) == (read_env_file(variables), variables)


PYTHON_FLASK = (sys.executable, "-m", "flask", "--app", "app")
STARTS = {
    "a command": (*PYTHON_FLASK, "check"),
    "the app's own command line": (sys.executable, str(ROOT / "app.py"), "check"),
    "the server": (
        *(sys.executable, "-m", "gunicorn", "--check-config"),
        *("--config", str(ROOT / "gunicorn.conf.py"), "app:create_app()"),
    ),
}


def start(folder: Path, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", STARTS.values(), ids=STARTS)
@pytest.mark.parametrize("prefix", ["_BASE_URL", "/api"])
def test_commands_and_server_read_it_alike(
    folder: Path, command: tuple[str, ...], prefix: str
) -> None:
    lines = {**read_deployment(), "API_PREFIX": prefix}
    (folder / ".env").write_text("\n".join(f'{name}="{value}"' for name, value in lines.items()))
    done = start(folder, command)
    is_good = prefix == "/api"
    assert (0 if is_good else 1) == done.returncode, done.stderr
    assert is_good is (f"{folder}/.env was read" in done.stdout)
    assert is_good is not ("API_PREFIX must look like /api" in done.stderr)


# Flask's command line reads it before the app is there to say anything, and wants UTF-8.
@pytest.mark.parametrize(
    ("command", "content"),
    [
        (STARTS["a command"], b"A=fine\nno assignment\n"),
        (STARTS["the app's own command line"], b"A=caf\xe9\n"),
        (STARTS["the server"], b"A=caf\xe9\n"),
    ],
    ids=STARTS,
)
def test_no_start_ends_with_a_traceback_of_a_broken_file(
    folder: Path, command: tuple[str, ...], content: bytes
) -> None:
    (folder / ".env").write_bytes(content)
    done = start(folder, command)
    assert 1 == done.returncode
    assert f"- {folder}/.env " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["check"], ["run"]], ids=["a command", "Flask's own server"])
def test_what_is_missing_is_told_with_the_file_that_was_left_out(
    folder: Path, arguments: list[str]
) -> None:
    (folder / ".env").mkdir()
    done = start(folder, (*PYTHON_FLASK, *arguments))
    assert 1 == done.returncode
    assert done.stderr.startswith(
        f"Error: The configuration has problems:\n- {folder}/.env was left out"
    )
