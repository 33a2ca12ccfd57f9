"""What is not ours goes to the marketplace frontend as it came; what is ours does not."""

from __future__ import annotations

import http.client
import json
import socket
import threading

import pytest

from tests.proxy.conftest import StartServer, StartWorld
from tests.proxy.fronted import FrontedWorld, request
from tests.proxy.loopback import Connection, Received, answer, answering, send_raw
from tests.world import World

CHUNK = 64 * 1024

TEMPLATE_ROUTES = [
    ("GET", "/api/initiate-login-as"),
    ("GET", "/api/login-as?code=x"),
    ("POST", "/api/transaction-line-items"),
    ("POST", "/api/initiate-privileged"),
    ("POST", "/api/transition-privileged"),
    ("POST", "/api/delete-account"),
    ("POST", "/api/auth/create-user-with-idp"),
    ("GET", "/api/auth/facebook"),
    ("GET", "/api/auth/facebook/callback?code=x"),
    ("GET", "/api/auth/google"),
    ("GET", "/api/auth/google/callback?code=x"),
]


@pytest.mark.parametrize(("method", "path"), TEMPLATE_ROUTES)
def test_the_web_templates_own_routes_reach_it(
    fronted_world: World, received: list[Received], method: str, path: str
) -> None:
    assert b"frontend" == request(fronted_world, method, path, body=b"x").body
    assert received[0].line == f"{method} {path} HTTP/1.1"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE"])
def test_any_method_is_passed_through(
    fronted_world: World, received: list[Received], method: str
) -> None:
    assert b"frontend" == request(fronted_world, method, "/l/new").body
    assert received[0].line == f"{method} /l/new HTTP/1.1"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/apis",
        "/api",
        "/api/",
        "/api/id-verifications",
        "/id-verification",
        "/callbacks/passcheck",
    ],
)
def test_a_path_that_is_only_like_ours_is_passed_through(fronted_world: World, path: str) -> None:
    assert b"frontend" == request(fronted_world, "GET", path).body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/id-verification"),
        ("PUT", "/api/id-verification"),
        ("PURGE", "/api/id-verification"),
        ("POST", "/healthz"),
        ("DELETE", "/readyz"),
        ("GET", "/api/callbacks/passcheck"),
        ("PUT", "/api/callbacks/passcheck/sealed"),
    ],
)
def test_a_path_of_ours_with_a_wrong_method_stays_ours(
    fronted_world: World, received: list[Received], method: str, path: str
) -> None:
    reply = request(fronted_world, method, path)
    assert (405, "method-not-allowed") == (reply.status, json.loads(reply.body)["code"])
    assert reply.headers["Allow"]
    assert [] == received


@pytest.mark.parametrize(
    "path",
    [
        "/api/callbacks",
        "/api/callbacks/",
        "/api/callbacks/other",
        "/api/callbacks/passcheck/a/b",
        "/api/callbacks/%70asscheckk",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PURGE"])
def test_everything_under_callbacks_stays_ours(
    fronted_world: World, received: list[Received], method: str, path: str
) -> None:
    reply = request(fronted_world, method, path)
    assert (404, "not-found") == (reply.status, json.loads(reply.body)["code"])
    assert [] == received


@pytest.mark.parametrize(
    "target",
    [
        "/l/a%2Fb%20c/d?q=%C3%A9&r=a+b%26c&s=%00",
        "/search?keywords=&bounds=1.5%2C2&empty",
        "/double//slash/;a=1,b=2/@x:y/!$&'()*+~",
        "/s?q=50%&next=%2Fl%20x",
        "/100%/%20?%",
        "/%zz%2F/caf%c3%a9",
        "/a|b?c={d}&e=^f`",
        "/a/./b/../c",
        "/l?",
        "/l??",
    ],
)
def test_a_target_reaches_the_frontend_as_it_was_asked_for(
    fronted_world: World, received: list[Received], target: str
) -> None:
    request(fronted_world, "GET", target)
    assert target == received[0].target


def test_an_absolute_target_reaches_our_frontend_only(
    fronted_world: World, received: list[Received]
) -> None:
    reply = request(fronted_world, "GET", "http://elsewhere.example/secret?x=%20")
    assert b"frontend" == reply.body
    assert "/secret?x=%20" == received[0].target


@pytest.mark.parametrize("target", ["//elsewhere.example/x", "/@elsewhere.example/", "/:80/x"])
def test_no_target_leads_to_another_host(
    fronted_world: World, received: list[Received], target: str
) -> None:
    assert b"frontend" == request(fronted_world, "GET", target).body
    # The server of these tests makes one slash of two at the beginning.
    assert target.lstrip("/") == received[0].target.lstrip("/")


def test_the_frontend_learns_who_asked_for_what(
    fronted_world: World, received: list[Received]
) -> None:
    request(fronted_world, "GET", "/", "X-Forwarded-For: 198.51.100.9", "X-Request-Id: given-1")
    headers = received[0].headers
    assert fronted_world.settings["FRONTEND_URL"] == f"http://{headers['Host']}"
    assert "198.51.100.9, 127.0.0.1" == headers["X-Forwarded-For"]
    assert "http" == headers["X-Forwarded-Proto"]
    assert headers["X-Forwarded-Host"] == f"127.0.0.1:{fronted_world.settings['PORT']}"
    assert "given-1" == headers["X-Request-Id"]


def test_the_frontend_gets_the_request_id_of_our_logs(
    fronted_world: World, received: list[Received]
) -> None:
    reply = request(fronted_world, "GET", "/", "X-Request-Id: odd id")
    assert reply.headers["X-Request-Id"] == received[0].headers["X-Request-Id"] != "odd id"


def test_a_clients_own_word_about_forwarding_is_dropped(
    fronted_world: World, received: list[Received]
) -> None:
    request(
        fronted_world,
        "GET",
        "/",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: evil.example",
        "Forwarded: host=evil.example",
    )
    headers = received[0].headers
    assert "http" == headers["X-Forwarded-Proto"]
    assert "evil.example" not in str(headers)


@pytest.mark.parametrize(("told", "passed_on"), [("https", "https"), ("gopher", "http")])
def test_a_trusted_routers_word_about_the_scheme_stays(
    start_world: StartWorld,
    fronted_world: World,
    received: list[Received],
    told: str,
    passed_on: str,
) -> None:
    frontend = fronted_world.settings["FRONTEND_URL"]
    world = start_world(FRONTEND_URL=frontend, TRUSTED_PROXY_HOPS="1")
    request(world, "GET", "/", f"X-Forwarded-Proto: {told}")
    assert passed_on == received[0].headers["X-Forwarded-Proto"]


def test_request_headers_are_passed_on(fronted_world: World, received: list[Received]) -> None:
    sent = {
        "Cookie": "st-x-token=%7B%22a%22%3A1%7D; other=1",
        "Authorization": "Basic dXNlcjpwYXNz",
        "Accept-Encoding": "br, gzip",
        "Range": "bytes=0-3",
        "If-None-Match": '"etag"',
        "User-Agent": "Browser/1.0",
        "Sec-Fetch-Site": "cross-site",
        "Origin": "https://elsewhere.example",
    }
    request(fronted_world, "GET", "/", *(f"{name}: {value}" for name, value in sent.items()))
    assert sent == {name: received[0].headers[name] for name in sent}


@pytest.mark.parametrize("name", ["User-Agent", "Accept-Encoding", "Accept"])
def test_no_request_header_is_made_up(
    fronted_world: World, received: list[Received], name: str
) -> None:
    request(fronted_world)
    assert name not in received[0].headers


@pytest.mark.parametrize("host", ["market.example", "market.example:8443"])
def test_the_host_that_was_asked_for_is_told_beside_the_frontends_own(
    fronted_world: World, received: list[Received], host: str
) -> None:
    port = int(fronted_world.settings["PORT"])
    send_raw(port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    headers = received[0].headers
    assert fronted_world.settings["FRONTEND_URL"] == f"http://{headers['Host']}"
    assert host == headers["X-Forwarded-Host"]


def test_what_cloudflare_told_of_its_connection_to_us_goes_no_further(
    fronted_world: World, received: list[Received]
) -> None:
    request(fronted_world, "GET", "/", "CF-Connecting-IP: 198.51.100.9", "CF-IPCountry: FI")
    headers = received[0].headers
    assert (None, "FI") == (headers["CF-Connecting-IP"], headers["CF-IPCountry"])


def test_headers_for_one_connection_are_not_passed_on(
    fronted_world: World, received: list[Received]
) -> None:
    hop = ["Connection: keep-alive, X-Private", "X-Private: 1", "Keep-Alive: 5", "TE: trailers"]
    request(
        fronted_world, "GET", "/", *hop, "Upgrade: websocket", "Proxy-Authorization: Basic eDp5"
    )
    names = {"X-Private", "Keep-Alive", "TE", "Upgrade", "Proxy-Authorization"}
    assert not names & set(received[0].headers)


@pytest.mark.parametrize("size", [1, 100 * 1024 + 1, 3 * 1024 * 1024])
def test_a_body_of_any_size_is_passed_through(
    fronted_world: World, received: list[Received], size: int
) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    headers = ["Content-Type: application/transit+json;charset=utf-8"]
    request(fronted_world, "POST", "/api/initiate-privileged", *headers, body=body)
    assert body == received[0].body
    assert received[0].headers["Content-Length"] == str(len(body))
    assert "application/transit+json;charset=utf-8" == received[0].headers["Content-Type"]


def test_a_chunked_body_is_passed_through(fronted_world: World, received: list[Received]) -> None:
    chunked = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    port = int(fronted_world.settings["PORT"])
    head = b"POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"frontend" == send_raw(port, head + chunked, "POST").body
    assert b"hello world" == received[0].body


@pytest.mark.parametrize("coding", ["Chunked", "CHUNKED"])
def test_a_coding_is_named_in_any_case(
    fronted_world: World, received: list[Received], coding: str
) -> None:
    head = f"POST /upload HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {coding}\r\n\r\n"
    whole = head.encode() + b"5\r\nhello\r\n0\r\n\r\n"
    assert b"frontend" == send_raw(int(fronted_world.settings["PORT"]), whole, "POST").body
    assert b"hello" == received[0].body


def test_a_request_streams(fronted_by: FrontedWorld) -> None:
    first_arrived = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive_head()
        connection.read(CHUNK)
        first_arrived.set()
        connection.read(CHUNK)
        connection.send(answer(b"all here"))

    world = fronted_by(serve)
    client = http.client.HTTPConnection("127.0.0.1", int(world.settings["PORT"]), timeout=10)
    client.putrequest("POST", "/upload")
    client.putheader("Content-Length", str(2 * CHUNK))
    client.endheaders()
    client.send(b"x" * CHUNK)
    assert first_arrived.wait(5)
    client.send(b"y" * CHUNK)
    with client.getresponse() as response:
        assert b"all here" == response.read()
    client.close()


@pytest.mark.parametrize("target", ["*", "/caf\u00e9", "/a\x7fb", '/"\x01'])
def test_a_target_that_no_browser_sends_is_refused(
    fronted_world: World, received: list[Received], target: str
) -> None:
    reply = request(fronted_world, "OPTIONS", target)
    assert (400, "bad-request") == (reply.status, json.loads(reply.body)["code"])
    assert "nosniff" == reply.headers["X-Content-Type-Options"]
    assert [] == received


def test_a_client_that_breaks_off_its_upload_is_not_our_defect(fronted_world: World) -> None:
    port = int(fronted_world.settings["PORT"])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nonly this")
        client.shutdown(socket.SHUT_WR)
        with http.client.HTTPResponse(client) as response:
            response.begin()
            assert (400, "bad-request") == (response.status, json.load(response)["code"])


def test_without_a_frontend_what_is_not_ours_is_not_found(start_world: StartWorld) -> None:
    reply = request(start_world(FRONTEND_URL=None), "GET", "/api/login-as")
    assert (404, "not-found") == (reply.status, json.loads(reply.body)["code"])


def test_our_own_routes_work_in_front_of_a_frontend(
    fronted_world: World, received: list[Received]
) -> None:
    assert 201 == fronted_world.browser().start().status_code
    assert [] == received


def test_another_prefix_moves_ours_and_frees_the_usual_one(
    start_world: StartWorld, start_server: StartServer
) -> None:
    frontend = start_server(answering(answer(b"frontend")))
    world = start_world(FRONTEND_URL=frontend.url, API_PREFIX="/idv")
    assert 201 == world.browser().call("POST", "/idv/id-verification").status_code
    assert b"frontend" == request(world, "POST", "/api/id-verification").body
    assert 404 == request(world, "POST", "/idv/callbacks/x").status
