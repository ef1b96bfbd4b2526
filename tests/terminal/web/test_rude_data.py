"""What somebody wrote on a card, into a document or the registry is text, wherever it comes out.

Every page that a clerk, an auditor and the telephone can click to is looked at, with such data in
all that is shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from card_bench import READER
from console_in_process import Browser, ConsoleInProcess, console_in_process
from registry import citizen_id
from serving_desk import ServingDesk, chip_of, made_of

from emulator.on_pty import OnPty
from emulator.receipt_printer import SoftwareReceiptPrinter
from terminal.registry import audit, cards, persons, seats
from terminal.registry.audit import Note
from terminal.registry.persons import NewPerson
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Generation
from terminal.web.slots import slot_id

SLOT = slot_id(READER)
TURNED = "\u202e0001\u2066"
"""Turns the direction of what follows."""
RUDE = f"=1+1<b id=rude>\"'</b>{{{{7*7}}}}{TURNED}\x1b@\x00\x07"
PLAIN = "=1+1<b id=rude>\"'</b>{{7*7}}"
"""As rude as the audit lets anything be."""
BANK = f"<b>{TURNED}\x1b@\x00"
ON_CHIP = "<b>\"'\x1b@\x01\u202e"
LONG = "长" * 2_000
"""As long as nobody's name is."""


class Page(HTMLParser):
    """Read a page as a browser does, and note what nobody of ours wrote into it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.wrong = [
            f"U+{ord(char):04X}" for char in text if char not in "\n" and is_control(char)
        ]
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.links += [found[each] or "" for each in ("href", "data-part") if each in found]
        ours = tag != "b" and (tag != "script" or found.get("src") == "/static/console.js")
        if not ours or any(each.startswith("on") for each in found):
            self.wrong.append(self.get_starttag_text() or tag)


def is_control(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf"}


def walk(browser: Browser, start: str = "/") -> dict[str, str]:
    """Follow every link from a page on; gives the pages by path, each seen to be fit."""
    pages: dict[str, str] = {}
    ahead = [start]
    while ahead:
        path = ahead.pop()
        if path in pages or path.startswith("/static") or not path.startswith("/"):
            continue
        answer = browser.get(path)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = Page(answer.text)
        pages[path] = answer.text
        assert page.wrong == [], path
        ahead += page.links
    return pages


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk where everything that can be rude is, a card in the reader among it."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    made.sit_at("DISTRICT")
    chip = chip_of(1, name=ON_CHIP)
    with made.bench() as on, on.registry.writing() as tx:
        document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(1))
        rude = NewPerson(
            PersonKind.CITIZEN, RUDE, document, mobile=RUDE, address=RUDE + LONG, occupation=RUDE
        )
        person = persons.add(tx, rude)
        card = cards.register(
            tx,
            person.id,
            Generation.THIRD,
            made_of(chip, 1),
            bank=BANK,
            region="110000",
            financial=Financial.ON,
        )
        seats.take(tx, person.id, card_id=card.id)
        audit.note(tx, "A01-1", Note("li", "done", "S-STATUS", "zhang", person.id, card.id, PLAIN))
    made.lay(chip.card)
    port = made.folder / "printer"
    made.config.write_text(f'{made.config.read_text()}\n[receipt_printer]\nport = "{port}"\n')
    return made


@pytest.fixture
def inside(desk: ServingDesk) -> Iterator[ConsoleInProcess]:
    with console_in_process(desk) as opened:
        yield opened


@pytest.fixture
def li(inside: ConsoleInProcess) -> Browser:
    """Sign a clerk in, and have the card looked at."""
    signed_in = inside.signed_in()
    inside.until(lambda: (found := inside.console.slots.get(SLOT)) and found.face)
    return signed_in


def test_every_page_of_a_clerk(li: Browser) -> None:
    """Card, person and forms: nothing is a tag, nothing turns a number round."""
    pages = walk(li)
    assert {"/", f"/guest/{SLOT}", "/day/journal", "/serve/S-DATA-MINOR/" + SLOT} <= pages.keys()
    assert "&lt;b&gt;0001" in pages["/"]


def test_every_page_of_an_auditor(inside: ConsoleInProcess) -> None:
    """What others wrote as grounds is what auditors read."""
    pages = walk(inside.signed_in("shen"), "/audit?search=1&operator=li")
    assert any("&lt;b id=rude&gt;" in each for each in pages.values())


def test_a_service_from_the_check_to_the_paper(
    desk: ServingDesk, inside: ConsoleInProcess, li: Browser
) -> None:
    """The holder in clear, the result, the slip as PDF, and the one printed: the printer obeys
    nobody but us."""
    key = li.get(f"/serve/S-STATUS/{SLOT}").url.path.rpartition("/")[2]
    checked = li.post(f"/draft/{key}", {}).text
    assert Page(checked).wrong == []
    assert "&lt;b id=rude&gt;" in checked
    li.post(f"/draft/{key}/start")
    inside.until(lambda: not inside.console.operations.running())
    done = li.get(f"/run/{key}").text
    assert Page(done).wrong == []
    assert "&lt;b&gt;0001" in done
    assert li.get(f"/run/{key}/slip.pdf").content.startswith(b"%PDF-")
    printer = SoftwareReceiptPrinter()
    with OnPty(printer, desk.folder / "printer"):
        assert "已打印" in li.post(f"/run/{key}/print").text
    assert any("<b>0001" in each for each in printer.lines)
    assert printer.received.count(b"\x1b@") == 1
