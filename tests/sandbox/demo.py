"""How tests ask the control API."""

from typing import Any

from flask.testing import FlaskClient


def json_of(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    """Send a request, which must be answered with 200, and return the answer's JSON."""
    answer = client.open(f"/sandbox/{path}", method=method, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.get_json()
