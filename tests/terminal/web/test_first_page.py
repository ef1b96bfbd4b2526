"""What the first page costs on the wire, and that nothing of a page comes from elsewhere."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import pytest
from console_in_process import PATIENCE, Browser, ConsoleInProcess, console_in_process
from httpx import Response
from serving_desk import ServingDesk

MOST_BYTES = 150_000
WEB = files("terminal.web")
ASKED_FOR = re.compile(r'(?:src|href|data-part)="(/(?:static|part)/[^"]+)"')
OUTSIDE = re.compile(r"""(?:https?:|wss?:|["'(=]\s*//)[^\s"')]*""")
NAMES_NOTHING = {"http://www.w3.org/2000/svg"}
"""The name of a language, which nobody asks for."""


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console at whose reader somebody's card lies."""
    desk = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    card, _ = desk.card_of()
    desk.lay(card)
    with console_in_process(desk) as opened:
        yield opened


def on_the_wire(answer: Response) -> int:
    """Count an answer: its line, its headers, its body, before any packing."""
    heads = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return (
        len(f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n\r\n")
        + heads
        + len(answer.content)
    )


def whole(li: Browser, path: str) -> tuple[int, set[str]]:
    """Ask for a page and for what it asks for; gives their bytes, and what that was."""
    page = li.get(path)
    asked = set(ASKED_FOR.findall(page.text))
    answers = [page, *page.history, *(li.get(each) for each in asked)]
    assert {each.status_code for each in answers} <= {200, 303}
    return sum(map(on_the_wire, answers)), asked


def looked_at(counter: ConsoleInProcess, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Sign somebody in, and wait until the console has looked at the card that lies there."""
    hub, slots, seen = counter.console.hub, counter.console.slots, threading.Event()
    tell = hub.tell

    def heard(topic: str) -> None:
        tell(topic)
        if any(each.face is not None for each in slots.all()):
            seen.set()

    monkeypatch.setattr(hub, "tell", heard)
    li = counter.signed_in()
    assert seen.wait(PATIENCE)
    return li


def test_the_first_page_is_small(
    counter: ConsoleInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old machine at a counter shows it at once: sign-in, then a holder, nothing kept before."""
    before, of_sign_in = whole(counter.browser(), "/")
    li = looked_at(counter, monkeypatch)
    size, of_first = whole(li, "/")
    assert "现在可以办理" in li.get("/").text
    assert {"/static/console.css", "/static/console.js", "/static/icon.svg"} <= of_sign_in
    assert of_first == of_sign_in | {"/part/cards"}
    assert before + size <= MOST_BYTES


def texts(folder: Traversable) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        yield each.name, each.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "text"),
    [*texts(WEB / "templates"), *texts(WEB / "static")],
    ids=lambda each: each[:20],
)
def test_nothing_comes_from_elsewhere(name: str, text: str) -> None:
    """A counter has no line to the world, and a page that asked there would tell who is served."""
    assert set(OUTSIDE.findall(text)) <= NAMES_NOTHING, name


@pytest.mark.parametrize(
    "said",
    ['<img src="//else.example/x">', "url(https://else.example)", "fetch('wss://else.example')"],
)
def test_an_address_outside_is_found(said: str) -> None:
    """A search that finds nothing anywhere would be content with any page."""
    assert OUTSIDE.search(said)


def test_a_file_is_kept_and_asked_for_again(counter: ConsoleInProcess) -> None:
    """A browser that has it is told so, without its bytes; nothing else is given, or taken."""
    li = counter.browser()
    for name, text in texts(WEB / "static"):
        whole = li.get(f"/static/{name}")
        assert whole.text == text
        assert whole.headers["cache-control"] == "no-cache"
        assert whole.headers["x-content-type-options"] == "nosniff"
        again = li.get(f"/static/{name}", {"if-none-match": whole.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert li.get("/static/../app.py").status_code != 200
    assert li.get("/static/%2e%2e/app.py").status_code == 404
    assert li.get("/static/nothing.js").status_code == 404
    assert li.send("/static/console.js", {}).status_code == 404
