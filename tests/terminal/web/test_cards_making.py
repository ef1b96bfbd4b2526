"""Central production at the console: from an application to a card, and what may become of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from applying import apply_for, newest
from card_pages import done, filled, sent
from console_in_process import ConsoleInProcess
from day_pages import day_console, plain
from serving_desk import ISSUER, chip_of, made_of

from emulator.parties.party import Fault
from terminal.registry import applications
from terminal.rules.states import Progress
from terminal.services.offered import production
from terminal.web.card_acts import CardAct


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a bank's desk at which somebody has applied."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        with made.desk.bench() as on:
            apply_for(on)
        yield made


@pytest.fixture
def number(counter: ConsoleInProcess) -> int:
    """Give the application's number."""
    with counter.desk.bench() as on:
        return newest(on).id


def ordered(counter: ConsoleInProcess, number: int) -> int:
    """Have it verified and its card ordered; gives the card's number here."""
    with counter.desk.bench() as on:
        production.verify(on.desk(), number)
        return production.start(on.desk(), number).id


def progress(counter: ConsoleInProcess, number: int) -> str:
    """Say how far it is."""
    with counter.desk.bench() as on, on.registry.reading() as tx:
        return str(applications.get(tx, number).progress.state)


def test_step_by_step(counter: ConsoleInProcess, number: int) -> None:
    """Each role is offered its own steps; a finished card leaves the list."""
    li = counter.signed_in()
    listed = li.get("/cards/production")
    assert "李**" in plain(listed)
    assert f"/cards/do/production-verify?number={number}" in listed.text
    page = filled(li, CardAct.VERIFY, number=number)
    assert "李小明" in plain(page)
    assert progress(counter, number) == Progress.APPLIED
    assert "已核验，待制卡" in plain(sent(counter, li, page))
    assert "production-start" not in li.get("/cards/production").text
    wu = counter.signed_in(ISSUER)
    listed = wu.get("/cards/production").text
    assert f"/cards/do/production-start?number={number}" in listed
    assert "production-end" not in listed
    assert "制作中" in done(counter, wu, CardAct.START, number=number)
    assert f"/cards/do/production-made?number={number}" in wu.get("/cards/production").text
    facts = made_of(chip_of(7), 7)
    typed = {"number": facts.number.lower(), "chip": facts.chip, "transit": facts.transit_number}
    for _ in range(2):
        assert "待领取" in done(counter, wu, CardAct.MADE, typed, number=number)
    assert "没有要制的卡" in plain(wu.get("/cards/production"))


def test_a_finished_card_tells_itself(counter: ConsoleInProcess, number: int) -> None:
    """Thirty-two hex digits are read from the chip; nobody has to type them."""
    ordered(counter, number)
    chip = chip_of(7)
    counter.desk.lay(chip)
    wu = counter.signed_in(ISSUER)
    page = filled(wu, CardAct.MADE, {"number": "", "chip": ""}, number=number)
    assert made_of(chip, 7).chip in plain(page)
    assert "待领取" in plain(sent(counter, wu, page))


def test_all_at_once(counter: ConsoleInProcess) -> None:
    """What waits for a party says so; what moved is told, and then there is nothing more."""
    counter.desk.others.set("bank", Fault.DOWN)
    li = counter.signed_in()
    assert "还没有结果" in done(counter, li, CardAct.VERIFY_ALL)
    counter.desk.others.set("bank", Fault.UP)
    said = done(counter, li, CardAct.VERIFY_ALL)
    assert "制卡中" in said
    assert "银行答复" in said
    assert "没有可以核验的申请" in done(counter, li, CardAct.VERIFY_ALL)


def test_who_may_not_have_one(counter: ConsoleInProcess, number: int) -> None:
    """A refusal is told with its reason."""
    with counter.desk.bench() as on, on.registry.reading() as tx:
        person_id = applications.get(tx, number).person_id
    document = counter.desk.others.city.bank
    with counter.desk.bench() as on, on.registry.reading() as tx:
        from terminal.registry import persons

        known = persons.get(tx, person_id).document.number.reveal()
    document.refuse_person(known, "证件已失效", "the document has ended")
    said = done(counter, counter.signed_in(), CardAct.VERIFY, number=number)
    assert "未通过的原因" in said
    assert "证件已失效" in said


def test_spoilt_once(counter: ConsoleInProcess, number: int) -> None:
    """A late repeat does not spoil the next card."""
    ordered(counter, number)
    wu = counter.signed_in(ISSUER)
    pages = [filled(wu, CardAct.SPOILT, {"why": "芯片写坏"}, number=number) for _ in range(2)]
    assert "已核验，待制卡" in plain(sent(counter, wu, pages[0]))
    with counter.desk.bench() as on:
        production.start(on.desk(), number)
    sent(counter, wu, pages[1])
    assert progress(counter, number) == Progress.MAKING


def test_withdrawn(counter: ConsoleInProcess, number: int) -> None:
    """Who wants none any more gets none; it is a clerk's to say."""
    li = counter.signed_in()
    for _ in range(2):
        assert "已撤回" in done(counter, li, CardAct.WITHDRAW, number=number)
    wu = counter.signed_in(ISSUER)
    assert wu.get(f"/cards/do/production-end?number={number}").status_code == 403


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        (CardAct.START, None),
        (CardAct.SPOILT, {"why": "坏"}),
        (CardAct.SPOILT, {"why": ""}),
        (CardAct.MADE, {"number": "123", "chip": "00"}),
        (CardAct.MADE, {"number": "A12345678", "chip": "0" * 32}),
        (CardAct.MADE, {"number": "", "chip": ""}),
    ],
)
def test_what_is_not_possible_now(
    counter: ConsoleInProcess, number: int, act: CardAct, fields: dict[str, str] | None
) -> None:
    """Before its time, mistyped, without a card: told before the last word, and nothing moves."""
    wu = counter.signed_in(ISSUER)
    page = filled(wu, act, fields, number=number)
    assert page.status_code in {409, 422}
    assert "request_wrong" in page.text or "no_card" in page.text
    assert progress(counter, number) == Progress.APPLIED


@pytest.mark.parametrize("act", [CardAct.VERIFY, CardAct.START, CardAct.WITHDRAW])
def test_an_application_that_is_none(counter: ConsoleInProcess, act: CardAct) -> None:
    """A number that is nobody's changes nothing."""
    page = filled(counter.signed_in("zhang"), act, number=999)
    assert "application_unknown" in page.text
