"""The server's and the libraries' own messages, as `ServerLog` writes them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.source_tree import ROOT

MARK = "f00dbabe" * 4
# A process of its own, because a server's logging is set up for the whole process.
_SCRIPT = """
import json, logging, sys
from gunicorn.config import Config
from proxy.serving.server_log import ServerLog
ServerLog(Config())
name, level, message, arguments = json.loads(sys.argv[1])
logging.getLogger(name).log(getattr(logging, level), message, *arguments)
"""


def _logged(name: str, level: str, message: str, *arguments: object) -> str:
    return subprocess.run(
        [sys.executable, "-c", _SCRIPT, json.dumps([name, level, message, arguments])],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    ).stdout.strip()


def _line(event: str, level: str, cause: str) -> str:
    return f'event={event} level={level} cause="{cause}" request_id=-'


def test_news_of_the_servers_life_is_logged_whole() -> None:
    logged = _logged("gunicorn.error", "INFO", "Listening at: %s (%s)", "http://127.0.0.1:1", 7)
    assert _line("gunicorn", "info", "Listening at: http://127.0.0.1:1 (7)") == logged


def test_how_a_worker_died_is_logged() -> None:
    logged = _logged("gunicorn.error", "ERROR", "Worker (pid:%s) was sent %s!", 7, "SIGKILL")
    assert _line("gunicorn", "error", "Worker (pid:7) was sent SIGKILL!") == logged


def test_the_path_of_a_failed_request_is_not_logged() -> None:
    message = "Error handling request %s %s"
    logged = _logged("gunicorn.error", "ERROR", message, "POST", f"/api/callbacks/passcheck/{MARK}")
    assert _line("gunicorn", "error", "Error handling request - -") == logged


def test_what_a_refused_request_says_is_not_logged() -> None:
    message = f"Invalid request from ip=127.0.0.1: Invalid HTTP method: '{MARK}'"
    logged = _logged("gunicorn.error", "WARNING", message)
    assert _line("gunicorn", "warning", "Invalid request from ip") == logged


def test_a_librarys_warning_is_logged_without_the_address_in_it() -> None:
    message = "Failed to parse headers (url=%s)"
    logged = _logged("urllib3.connectionpool", "WARNING", message, f"https://vendor.example/{MARK}")
    assert _line("urllib3", "warning", "Failed to parse headers (url=-)") == logged


@pytest.mark.parametrize("arguments", [(f"{MARK}",), (MARK, MARK)])
def test_a_message_that_cannot_be_filled_in_is_logged_as_it_stands(
    arguments: tuple[str, ...],
) -> None:
    logged = _logged("urllib3", "WARNING", "%d connections", *arguments)
    assert _line("urllib3", "warning", "%d connections") == logged


def test_a_librarys_chatter_is_not_logged() -> None:
    assert "" == _logged("urllib3.connectionpool", "INFO", f"GET /{MARK}")
