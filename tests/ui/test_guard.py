"""What is let through, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from trainwright.ui.guard import HEADERS, Guard, host_name


def status(
    headers: dict[str, str] | list[tuple[str, str]], method: str = "GET", **options: Any
) -> int:
    sent: list[MutableMapping[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret"})

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {}

    pairs = headers if isinstance(headers, list) else list(headers.items())
    scope = {
        "type": "http",
        "method": method,
        "headers": [(name.encode(), value.encode()) for name, value in pairs],
    }
    asyncio.run(Guard(application, **options)(scope, receive, send))
    found = {name.decode() for name, _ in sent[0]["headers"]}
    assert set(HEADERS) <= found, "every answer carries them, refusals too"
    assert (sent[0]["status"] == 200) == (sent[1]["body"] == b"secret")
    return int(sent[0]["status"])


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:80", "[::1]:8765"])
def test_this_machine(host: str) -> None:
    assert status({"host": host}) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8765",
        "10.0.0.5",
        "0.0.0.0",
        "",
        "127.0.0.1:80:80",
        "user@localhost",
        "localhost/x",
        "local host",
    ],
)
def test_names_that_others_can_point_here_are_refused(host: str) -> None:
    assert status({"host": host}) == 421


def test_a_request_needs_one_host() -> None:
    assert status({}) == 421
    assert status([("host", "localhost"), ("host", "evil.example")]) == 421


def test_with_remote_access_addresses_and_given_names() -> None:
    assert status({"host": "10.0.0.5:8765"}, addresses=True) == 200
    assert status({"host": "evil.example"}, addresses=True) == 421
    assert status({"host": "Trainer.lan"}, addresses=True, names=["trainer.lan"]) == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"origin": "http://localhost:8765"}, 200),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            200,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "iframe",
            },
            403,
        ),
    ],
)
def test_other_origins(headers: dict[str, str], code: int) -> None:
    assert status({"host": "localhost:8765", **headers}) == code


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(method: str) -> None:
    assert status({"host": "localhost"}, method) == 405


def test_malformed_hosts_have_no_name() -> None:
    assert host_name("[::1") is None
    assert host_name("a:b") is None
