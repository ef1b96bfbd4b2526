"""Days of a desk for tests of the console's pages: entries of a journal, acts of the day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from console_in_process import Browser, ConsoleInProcess, console_in_process
from httpx import Response
from serving_desk import JOURNAL, ServingDesk

from terminal.journal import Intention, Journal, Kind, Method, SqliteStore
from terminal.registry.audit_search import Entry, Wanted, search
from terminal.rules.vocabulary import Channel
from terminal.services.acts import Act
from terminal.services.deciding import LOOKED
from terminal.services.offered.desk import Desk
from terminal.texts import Text
from terminal.web import hands
from terminal.web.views import Checked

CARD = "1000751012345678"
CHAIN = "A01-1"
WELL = (Checked(Text("读卡器", "Readers"), Text("应答正常", "It answers"), good=True),)


@contextmanager
def day_console(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    channel: str = "BANK",
    instant: bool = False,
) -> Iterator[ConsoleInProcess]:
    """Open a console whose self-test finds a desk that is well."""
    monkeypatch.setattr(hands, "examine_desk", lambda *_: WELL)
    desk = ServingDesk(folder, monkeypatch, capsys, channel=channel).stocked()
    if instant:
        text = desk.config.read_text()
        desk.config.write_text(text.replace("[outlet]", "[outlet]\ninstant = true"))
    with console_in_process(desk) as opened:
        yield opened


@contextmanager
def journal(counter: ConsoleInProcess, at: datetime | None = None) -> Iterator[Journal]:
    """Open the desk's journal, its clock at a moment."""
    moment = at or datetime.now(UTC)
    with Journal(SqliteStore(counter.desk.folder / JOURNAL), lambda: moment) as opened:
        yield opened


def loaded(
    counter: ConsoleInProcess,
    key: str,
    fen: int,
    *,
    method: Method = Method.CASH,
    operator: str = "li",
    at: datetime | None = None,
) -> None:
    """Put a load on record that was done."""
    with journal(counter, at) as opened:
        entry = opened.begin(load(key, fen, method, operator))
        sent = opened.sent(entry, {"balance_before": 0})
        opened.done(sent, {"balance_after": fen, "tac_checked": True})


def open_load(counter: ConsoleInProcess, key: str, fen: int, *, asked: bool = True) -> None:
    """Put a load on record of which nobody knows how it ended; ``asked``: its card neither."""
    with journal(counter) as opened:
        sent = opened.sent(opened.begin(load(key, fen, Method.CASH, "li")), {"balance_before": 0})
        opened.unknown(sent, {LOOKED: "prove says nothing"} if asked else {})


def load(key: str, fen: int, method: Method, operator: str) -> Intention:
    """Make what a load was to be; the card's number is hidden in its evidence too."""
    facts = {"file": f"3B{CARD}00"}
    return Intention(key, Kind.LOAD, CARD, fen, fen, method, operator, facts=facts)


def acts(counter: ConsoleInProcess, act: Act) -> tuple[Entry, ...]:
    """Give what is on record of an act."""
    with counter.desk.bench() as on, on.registry.reading() as tx:
        return search(tx, Wanted(action=act.value))


@contextmanager
def desk_at(counter: ConsoleInProcess, moment: datetime, operator: str = "li") -> Iterator[Desk]:
    """Sit down at the same desk at another moment."""
    before = counter.desk.others.now
    counter.desk.others.now = moment
    try:
        with counter.desk.bench() as on:
            yield replace(on.desk(Channel.BANK, operator=operator), chain=CHAIN)
    finally:
        counter.desk.others.now = before


def opened(browser: Browser, yuan: str = "200", **more: str) -> Response:
    """Open the day with so much in the till."""
    return browser.post("/day/open", {"float": yuan, **more})


def closed(browser: Browser, counted: str, left: str = "0", **more: str) -> Response:
    """Close the day, having seen the page before."""
    blanks = more.get("blanks", "")
    seen = browser.get(f"/day/close/check?counted={counted}&left={left}&blanks={blanks}")
    found = re.search(r'name="custody" value="(\w+)"', seen.text)
    assert found is not None
    fields = {"counted": counted, "left": left, "custody": found[1], **more}
    return browser.post("/day/close", fields)


def plain(answer: Response) -> str:
    """Give what a page says, without its marks."""
    main = answer.text.partition("<main")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


class _Read(HTMLParser):
    """See what a page has that no page may have, or lacks."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[str] = []
        self._labelled: set[str] = set()
        self._fields: list[str] = []
        self._in_label = 0
        self._tables: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.troubles += [f"{tag} has {name}" for name in given if name[:2] == "on"]
        if "style" in given or (tag == "script" and "src" not in given) or tag == "style":
            self.troubles.append(f"{tag} is inline")
        if tag == "label":
            self._in_label += 1
            self._labelled.add(given.get("for") or "")
        if tag == "table":
            self._tables.append(False)
        if tag == "caption" and self._tables:
            self._tables[-1] = True
        if tag == "th" and "scope" not in given:
            self.troubles.append("a head without scope")
        visible = tag in {"input", "select", "textarea"} and given.get("type") != "hidden"
        if visible and not self._in_label:
            self._fields.append(given.get("id") or "?")

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label -= 1

    def found(self) -> list[str]:
        """Give the troubles; a field has a label, a table a caption."""
        bare = [f"no label for {each}" for each in self._fields if each not in self._labelled]
        return [*self.troubles, *bare, *["no caption" for each in self._tables if not each]]


def troubles_of(answer: Response) -> list[str]:
    """Say what is wrong with a page's marks."""
    reading = _Read()
    reading.feed(answer.text)
    return reading.found()
