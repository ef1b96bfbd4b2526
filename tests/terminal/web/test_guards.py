"""What stands before every page: names, origins, sizes, and how often a password may be tried."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from terminal.web.guards import MOST_BODY, Guards, Rate

OURS = frozenset({"127.0.0.1:8765", "localhost:8765"})
ORIGIN = "http://127.0.0.1:8765"


async def _page(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


def asked(method: str, *headers: tuple[str, str]) -> tuple[int, dict[str, str]]:
    """Ask the guards, and give the status and the headers of the answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    asyncio.run(Guards(_page, OURS)(scope, lambda: None, send))  # type: ignore[arg-type]  # none is read
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


HOST = ("host", "127.0.0.1:8765")
FORM = (HOST, ("origin", ORIGIN), ("content-length", "3"))


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("host", "evil.example"),),
        (("host", "evil.example:8765"),),
        (("host", "127.0.0.1"),),
        (("host", "127.0.0.1:8766"),),
        (HOST, ("host", "evil.example")),
    ],
)
def test_another_name_is_refused(headers: tuple[tuple[str, str], ...]) -> None:
    """A name that leads here by a rebound DNS entry is not ours, however often it is said."""
    assert asked("GET", *headers)[0] == 421


@pytest.mark.parametrize("host", sorted(OURS))
def test_our_own_names_are_served(host: str) -> None:
    """The address itself, and localhost."""
    status, headers = asked("GET", ("host", host))
    assert status == 200
    assert "'unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, FORM),
        (200, (*FORM, ("sec-fetch-site", "same-origin"))),
        (403, (HOST, ("content-length", "3"))),
        (403, (HOST, ("origin", "null"), ("content-length", "3"))),
        (403, (*FORM, ("origin", "http://evil.example"))),
        (413, (HOST, ("origin", ORIGIN), ("content-length", "9" * 5_000))),
        (403, (HOST, ("origin", "http://evil.example"), ("content-length", "3"))),
        (403, (HOST, ("origin", "https://127.0.0.1:8765"), ("content-length", "3"))),
        (403, (*FORM, ("sec-fetch-site", "same-site"))),
        (403, (*FORM, ("sec-fetch-site", "cross-site"))),
        (411, (HOST, ("origin", ORIGIN))),
        (413, (HOST, ("origin", ORIGIN), ("content-length", str(MOST_BODY + 1)))),
        (413, (HOST, ("origin", ORIGIN), ("content-length", "-1"))),
    ],
)
def test_forms(status: int, headers: tuple[tuple[str, str], ...]) -> None:
    """Only a page of ours sends a form, of a length that is said and not too long."""
    assert asked("POST", *headers)[0] == status


@pytest.mark.parametrize(
    ("status", "site", "mode"),
    [
        (200, "same-origin", "cors"),
        (200, "none", "navigate"),
        (200, "cross-site", "navigate"),
        (403, "same-site", "no-cors"),
        (403, "cross-site", "no-cors"),
        (403, "same-site", "websocket"),
        (403, "cross-site", ""),
    ],
)
def test_what_other_pages_load(status: int, site: str, mode: str) -> None:
    """A link may lead here; another port's page, which is sent the cookie too, loads nothing."""
    headers = (HOST, ("sec-fetch-site", site), ("sec-fetch-mode", mode))
    assert asked("GET", *headers)[0] == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "TRACE", "OPTIONS"])
def test_other_methods(method: str) -> None:
    """Nothing here is asked for by another method."""
    assert asked(method, *FORM)[0] == 405


def test_the_refusals_are_guarded_too() -> None:
    """A refusal is a page as well."""
    assert "content-security-policy" in asked("GET")[1]


def test_rate() -> None:
    """So many in so many seconds; then it is said how long to wait, and the wait is enough."""
    now = [0.0]
    rate = Rate(2, 60.0, lambda: now[0])
    assert [rate.wait() for _ in range(3)] == [0, 0, 60]
    now[0] = 59.9
    assert rate.wait() == 1
    now[0] = 60.0
    assert rate.wait() == 0
