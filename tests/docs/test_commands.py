"""Each command that the documentation shows is one that can be given: run, or held to its help."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache

import click
import pytest
from flask import Flask

from app import create_app
from tests import missing
from tests.docs.snippets import commands, inline_commands, of_language, words
from tests.documents import LINK_PAGES, example, variables
from tests.source_tree import ROOT

# What cannot be run here, each with the reason. What they run of ours is looked at all the same.
ELSEWHERE = {
    "caddy": "a router of the reader's machine; tests/routers runs its configurations",
    "cd": "of the shell",
    "cp": "of the reader's files",
    "docker": "needs a daemon",
    "export": "of the shell",
    "fly": "a platform",
    "flyctl": "a platform",
    "grep": "over the reader's logs",
    "haproxy": "a router of the reader's machine; tests/routers runs its configurations",
    "heroku": "a platform",
    "install": "of the reader's machine",
    "journalctl": "of the reader's machine",
    "kubectl": "needs a cluster",
    "nginx": "a router of the reader's machine; tests/routers runs its configurations",
    "npm": "in the reader's folder; tests/frontend takes the package as it does",
    "npx": "a server of the reader's; tests/browser builds the example that it would serve",
    "openssl": "of the reader's machine",
    "promtool": "a program of the reader's",
    "render": "a platform",
    "sudo": "of the reader's machine",
    "systemctl": "of the reader's machine",
    "useradd": "of the reader's machine",
    "yarn": "in the reader's folder",
}
# Run as they stand, with the example's settings: they print, and change nothing.
RUN = ("check", "keys", "rotate-keys", "rotate-keys add", "checksum-keys", "links", "openapi")
_HELP_SECONDS = 60
_VENV = ".venv/bin/"


def _all_commands() -> list[tuple[str, str]]:
    """Return each command once, with the first place at which it stands."""
    shown = [(command, one.place) for one in of_language("bash", "sh") for command in commands(one)]
    found = [(command, place) for command, place in shown if words(command)]  # no setting alone
    found += [(command, str(page)) for page, command in inline_commands()]
    return list({command: (command, place) for command, place in reversed(found)}.values())


@cache
def _app() -> Flask:
    return create_app({**variables(example()), **LINK_PAGES})


def test_every_command_is_one_that_is_known_here_or_cannot_be_run() -> None:
    unknown = [
        f"{place}: {command}"
        for command, place in _all_commands()
        if _program(command) not in {*CHECKS, *ELSEWHERE}
    ]
    assert [] == unknown


def test_every_command_is_spelt_as_its_program_wants_it() -> None:
    wrong = []
    for command, place in _all_commands():
        check = CHECKS.get(_program(command))
        reason = check(words(command)[1:]) if check else None
        wrong += [f"{place}: {command}: {reason}"] if reason else []
    assert [] == wrong


@pytest.mark.parametrize("command", RUN)
def test_a_command_runs(command: str) -> None:
    shown = {" ".join(words(one)[3:]) for one, _ in _all_commands() if _program(one) == "flask"}
    assert command in shown, "no page shows it any more"
    result = _app().test_cli_runner().invoke(args=command.split())
    assert (0, None) == (result.exit_code, result.exception), result.output


def _program(command: str) -> str:
    first = (words(command) or [""])[0]
    return re.sub(r"^python3?(?:\.\d+)?$", "python", first.removeprefix(_VENV))


def _ours(arguments: list[str]) -> str | None:
    """Check `flask --app app NAME …` by what click knows of the command."""
    if arguments[:2] != ["--app", "app"]:
        return "not --app app"
    group: click.Command = _app().cli
    context = click.Context(group, info_name="flask")
    rest = [word for word in arguments[2:] if word != "…"]
    while rest and isinstance(group, click.Group):
        inner = group.get_command(context, rest[0])
        if inner is None:
            if rest[0].startswith("-") or rest[0].isupper():
                break
            return f"there is no command {rest[0]}"
        group, rest = inner, rest[1:]
    try:
        with group.make_context(group.name, list(rest)):
            return None
    except click.exceptions.MissingParameter:
        return None  # a page may tell of a command without what it is given
    except click.UsageError as error:
        return error.format_message()


def _make(arguments: list[str]) -> str | None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"\$\((?:if \$\()?([A-Z]+)\)", makefile))
    for word in arguments:
        name, is_setting, _ = word.partition("=")
        if name not in (used if is_setting else targets):
            return f"make knows no {name}"
    return None


def _git(arguments: list[str]) -> str | None:
    told = subprocess.run(["git", arguments[0], "-h"], check=False, capture_output=True, text=True)
    usage = told.stdout + told.stderr
    options = [word.partition("=")[0] for word in arguments[1:] if word.startswith("--")]
    unknown = [
        one for one in options if one not in usage and one.replace("--", "--[no-]") not in usage
    ]
    return f"git {arguments[0]} has no {unknown}" if unknown or "usage" not in usage else None


def _curl(arguments: list[str]) -> str | None:
    """Check that what is asked of us is a route."""
    rules = [re.sub(r"<[^>]+>", "[^/]+", rule.rule) for rule in _app().url_map.iter_rules()]
    for address in (word for word in arguments if "://" in word):
        path = "/" + address.split("://", 1)[1].partition("/")[2].partition("?")[0]
        if not any(re.fullmatch(rule, path) for rule in rules) and path not in _OTHERS:
            return f"{path} is no route"
    return None


# Answered by a port, or by settings, that the example does not have.
_OTHERS = ("/metrics", "/statusz")


@cache
def _help(module: str) -> str:
    command = [sys.executable, "-m", module, "--help"]
    told = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=_HELP_SECONDS
    )
    return told.stdout


def _python(arguments: list[str]) -> str | None:
    option, what, *rest = arguments
    if option == "-c":
        compile(what, "-c", "exec")
        return None
    if option != "-m":
        return f"python {option} is not looked at"
    if what == "venv":
        return None
    unknown = [
        word for word in rest if word.startswith("--") and word.partition("=")[0] not in _help(what)
    ]
    return f"{what} has no {unknown}" if unknown else None


def _node(arguments: list[str]) -> str | None:
    """Check that a script of ours is there, and tells of its options."""
    script = next((word for word in arguments if not word.startswith("-")), "")
    if not (ROOT / script).is_file():
        return f"there is no {script}"
    options = [word for word in arguments[arguments.index(script) :] if word.startswith("--")]
    if not options:
        return None
    node = missing.program("node", otherwise="the options of our scripts are not looked at")
    told = subprocess.run(
        [node, script, "--help"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    unknown = [word for word in options if word not in told.stdout]
    return f"{script} has no {unknown}" if unknown else None


def _pip(arguments: list[str]) -> str | None:
    files = [arguments[at + 1] for at, word in enumerate(arguments) if word == "-r"]
    return next((f"there is no {one}" for one in files if not (ROOT / one).is_file()), None)


def _gunicorn(arguments: list[str]) -> str | None:
    """Have gunicorn check its configuration and the app."""
    command = [sys.executable, "-m", "gunicorn", "--check-config", *arguments]
    environment = {**variables(example()), "PATH": "/usr/bin:/bin"}
    told = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT, env=environment
    )
    return told.stderr if told.returncode else None


CHECKS: Mapping[str, Callable[[list[str]], str | None]] = {
    "curl": _curl,
    "flask": _ours,
    "git": _git,
    "gunicorn": _gunicorn,
    "make": _make,
    "node": _node,
    "pip": _pip,
    "python": _python,
}
