"""Signing in as somebody would attack it: what a cookie is worth, and where one is led to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from console_in_process import PORT, Browser, ConsoleInProcess, console_in_process
from registry_desk import WORD
from serving_desk import ServingDesk

from terminal.web.console import SIGN_INS
from terminal.web.page import session_cookie
from terminal.web.pages.signing import local

COOKIE = session_cookie(PORT)


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    desk = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    with console_in_process(desk, monotonic=lambda: 0.0) as opened:
        yield opened


def cookies(browser: Browser) -> str:
    """Give the cookie that a sign-in sets, as it is written."""
    answer = browser.sign_in()
    (set_it,) = [each.headers["set-cookie"] for each in answer.history]
    return set_it


def test_a_cookie_that_was_planted_is_never_a_session(inside: ConsoleInProcess) -> None:
    """Who knows it beforehand must not sit beside whoever signs in with it (fixation)."""
    li = inside.browser()
    li.cookies.set(COOKIE, "planted", domain="127.0.0.1")
    li.sign_in()
    first = li.session.id
    assert first != "planted"
    assert inside.console.sessions.get("planted") is None
    li.sign_in()
    assert li.session.id != first
    assert inside.console.sessions.get(first) is None


def test_what_the_cookie_is(inside: ConsoleInProcess) -> None:
    """Scripts do not see it, other sites do not send it, and it dies with the browser."""
    written = cookies(inside.browser()).lower()
    assert written.startswith(f"{COOKIE}=")
    assert "httponly" in written
    assert "samesite=strict" in written
    assert "path=/" in written
    assert "domain" not in written
    assert "max-age" not in written
    assert "expires" not in written


def test_another_consoles_cookie_is_none(inside: ConsoleInProcess) -> None:
    """Browsers send a cookie to every port: its name and its session are this console's alone."""
    li = inside.signed_in()
    other = inside.browser()
    other.cookies.set(session_cookie(PORT + 1), li.session.id, domain="127.0.0.1")
    assert other.get("/").url.path == "/sign-in"


def test_a_sign_out_is_one(inside: ConsoleInProcess) -> None:
    """A copy of the cookie is worth nothing behind it."""
    li = inside.signed_in()
    copied = li.session.id
    li.post("/sign-out")
    thief = inside.browser()
    thief.cookies.set(COOKIE, copied, domain="127.0.0.1")
    assert thief.get("/").url.path == "/sign-in"


def test_another_page_signs_nobody_out(inside: ConsoleInProcess) -> None:
    """Nor does it lock the desk: both want the word of the session."""
    li = inside.signed_in()
    for path in ("/sign-out", "/lock"):
        assert li.send(path, {"csrf": "x"}).status_code == 403
    assert li.get("/").url.path == "/"


def test_who_leaves_is_asked_nothing(inside: ConsoleInProcess) -> None:
    """A clock that jumped stops every page, and keeps nobody at the desk."""
    li = inside.signed_in()
    session, registry = li.session, inside.console.registry
    registry.clock = lambda: datetime(2020, 1, 1, tzinfo=UTC)
    li.post("/sign-out")
    assert inside.console.sessions.get(session.id) is None


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "\r\nlocation: //evil.example",
        "/x\x00",
        "/\u202e",
        "",
        "evil.example",
        "/sign-in?next=/sign-in",
        "/part/cards",
    ],
)
def test_next_leads_to_no_other_site(inside: ConsoleInProcess, path: str) -> None:
    """The address of the sign-in page may come from anybody."""
    assert local(path) == "/"
    fields = {"operator": "li", "password": WORD, "next": path}
    assert inside.browser().send("/sign-in", fields).url.path == "/"


def test_next_in_the_address_of_a_page_that_is_none(inside: ConsoleInProcess) -> None:
    """What stands in a path is no second word on where to go."""
    nobody = inside.browser()
    for path in ("/day%3Fx&next=//evil.example", "/run/x%0d%0aset-cookie:%20a=b"):
        answer = nobody.get(path)
        assert [each.headers.get("set-cookie") for each in answer.history] == [
            None for _ in answer.history
        ]
        assert 'value="//evil' not in answer.text


def test_passwords_are_not_tried_for_ever(inside: ConsoleInProcess) -> None:
    """Not at this desk, for whatever operators; the right one has to wait as well."""
    nobody = inside.browser()
    for number in range(SIGN_INS):
        assert nobody.sign_in(f"nobody{number}", "x" * 12).status_code == 403
    refused = nobody.sign_in()
    assert refused.status_code == 429
    assert "too_many_sign_ins" in refused.text
    assert nobody.get("/").url.path == "/sign-in"


def test_a_password_is_never_in_a_page(inside: ConsoleInProcess) -> None:
    """What was typed is not given back, whoever reads the page next."""
    nobody = inside.browser()
    shown = nobody.send("/sign-in", {"operator": "<b>li", "password": "S3cret-S3cret", "next": "/"})
    assert "S3cret" not in shown.text
    assert "<b>li" not in shown.text


@pytest.mark.parametrize(
    "path", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "..%5capp.py", "%00", "/etc/passwd", ""]
)
def test_static_files_are_those(inside: ConsoleInProcess, path: str) -> None:
    """No path leads out of their folder, and it is not listed."""
    answer = inside.browser().get(f"/static/{path}")
    assert answer.status_code in {404, 405} or answer.url.path == "/sign-in"
    assert "def " not in answer.text


def test_no_header_makes_a_form_of_a_link(inside: ConsoleInProcess) -> None:
    """A method is what it is: nothing of what a page could load locks the desk."""
    li = inside.signed_in()
    assert li.get("/lock?_method=POST").url.path == "/"
    assert li.get("/").url.path == "/"
