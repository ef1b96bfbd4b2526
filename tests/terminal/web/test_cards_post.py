"""Cards by post, in custody and with employers at the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from applying import shown
from card_pages import BY_TWO, done, filled, sent
from console_in_process import ConsoleInProcess
from day_pages import acts, day_console, plain
from handing_over import first, group
from offered import do

from terminal.registry import persons
from terminal.registry.cards import Card
from terminal.rules.vocabulary import Actor, Service
from terminal.services.acts import Act
from terminal.web.card_acts import CardAct

TRACKING = {"tracking": "EX123456789CN"}


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a bank's desk."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


@pytest.fixture
def to_post(counter: ConsoleInProcess) -> Card:
    """Have a card wait to be posted."""
    with counter.desk.bench() as on:
        return first(on, by_post="yes")[1]


# --- By post -------------------------------------------------------------------------------------


def test_posted_and_signed_for(counter: ConsoleInProcess, to_post: Card) -> None:
    """Out of one list into the next, with its number; then it is its holder's."""
    li = counter.signed_in()
    assert f"/cards/do/parcel-send?number={to_post.id}" in li.get("/cards/parcels").text
    page = filled(li, CardAct.SEND, TRACKING, number=to_post.id)
    assert "EX123456789CN" in plain(page)
    assert "李小明" in plain(page)
    assert "邮寄途中" in plain(sent(counter, li, page))
    listed = li.get("/cards/parcels")
    assert "EX123456789CN" in plain(listed)
    assert "没有要寄的卡" in plain(listed)
    assert f"/cards/do/parcel-delivered?number={to_post.id}" in listed.text
    said = done(counter, li, CardAct.DELIVERED, number=to_post.id)
    assert "持卡人持有" in said
    assert len(acts(counter, Act.PARCEL_DELIVERED)) == 1
    assert "没有邮寄途中的卡" in plain(li.get("/cards/parcels"))


def test_posted_again_it_is_as_it_was(counter: ConsoleInProcess, to_post: Card) -> None:
    """Two forms, one parcel."""
    li = counter.signed_in()
    pages = [filled(li, CardAct.SEND, TRACKING, number=to_post.id) for _ in range(2)]
    assert "已办理" in plain(sent(counter, li, pages[0]))
    assert "先前已经办好" in plain(sent(counter, li, pages[1]))
    assert len(acts(counter, Act.PARCEL_SENT)) == 1


def test_come_back_and_lost_and_found(counter: ConsoleInProcess, to_post: Card) -> None:
    """What comes back waits again; what is lost is made anew, and destroyed where it turns up."""
    li = counter.signed_in()
    done(counter, li, CardAct.SEND, TRACKING, number=to_post.id)
    assert "待领取" in done(counter, li, CardAct.RETURNED, number=to_post.id)
    done(counter, li, CardAct.SEND, {"tracking": "EX987654321CN"}, number=to_post.id)
    assert "已召回" in done(counter, li, CardAct.LOST, number=to_post.id)
    assert f"/cards/do/parcel-turned-up?number={to_post.id}" in li.get("/cards/parcels").text
    lying = filled(li, CardAct.DESTROY, number=to_post.id)
    assert "找到了的，在“卡务”的“邮寄”中点“销毁找回的卡”" in plain(lying)
    assert "已销毁" in done(counter, li, CardAct.TURNED_UP, None, BY_TWO, number=to_post.id)
    (act,) = acts(counter, Act.DESTROY)
    assert act.note.facts == {"was": "recalled", "turned_up": "parcel_lost"}


@pytest.mark.parametrize(
    ("act", "fields", "code"),
    [
        (CardAct.SEND, {"tracking": ""}, "request_wrong"),
        (CardAct.SEND, {"tracking": "no number!"}, "request_wrong"),
        (CardAct.DELIVERED, None, "custody_refused"),
        (CardAct.RETURNED, None, "custody_refused"),
        (CardAct.LOST, None, "custody_refused"),
        (CardAct.TURNED_UP, None, "custody_refused"),
        (CardAct.RECALL, None, "custody_refused"),
        (CardAct.DESTROY, None, "custody_refused"),
    ],
)
def test_what_is_not_for_this_card(
    counter: ConsoleInProcess,
    to_post: Card,
    act: CardAct,
    fields: dict[str, str] | None,
    code: str,
) -> None:
    """Before anybody says so for the last time, it is told that it cannot be done."""
    page = filled(counter.signed_in(), act, fields, number=to_post.id)
    assert page.status_code in {409, 422}
    assert code in page.text


@pytest.mark.parametrize("act", [CardAct.DELIVERED, CardAct.RECALL, CardAct.DESTROY_FOUND])
def test_a_card_that_is_none(counter: ConsoleInProcess, act: CardAct) -> None:
    """A number that is nobody's changes nothing."""
    assert "card_unknown" in filled(counter.signed_in(), act, number=999).text


# --- In custody ----------------------------------------------------------------------------------


def test_recalled_and_destroyed(counter: ConsoleInProcess) -> None:
    """Of somebody deceased the card is recalled, then destroyed by two; each once."""
    with counter.desk.bench() as on:
        person, card = first(on)
        with on.registry.writing() as tx:
            day = on.now.date()
            persons.note_death(tx, persons.get(tx, person.id), deceased_on=day, reminded=True)
        on.now += timedelta(days=30)
    li = counter.signed_in()
    listed = li.get("/cards/custody")
    assert "李**" in plain(listed)
    assert f"/cards/do/custody-recall?number={card.id}" in listed.text
    assert "已召回" in done(counter, li, CardAct.RECALL, number=card.id)
    assert f"/cards/do/custody-destroy?number={card.id}" in li.get("/cards/custody").text
    pages = [filled(li, CardAct.DESTROY, number=card.id) for _ in range(2)]
    assert "已办理" in plain(sent(counter, li, pages[0], BY_TWO))
    assert "先前已经办好" in plain(sent(counter, li, pages[1], BY_TWO))
    assert len(acts(counter, Act.DESTROY)) == 1
    assert "没有在库的卡" in plain(li.get("/cards/custody"))


def test_a_found_card_is_settled_where_it_belongs(counter: ConsoleInProcess) -> None:
    """It lies in custody too, and is given back or destroyed as a found one."""
    _, card = counter.desk.card_of()
    li = counter.signed_in()
    done(counter, li, CardAct.HAND_IN, {"number": card.number or ""})
    listed = li.get("/cards/custody")
    assert "待持卡人领回" in plain(listed)
    assert "/cards/do/" not in listed.text


# --- With an employer ----------------------------------------------------------------------------


@pytest.fixture
def batch(counter: ConsoleInProcess) -> tuple[int, tuple[Card, ...]]:
    """Have an employer collect three cards."""
    with counter.desk.bench() as on:
        made, of_it = group(on, 3)
        collect = {"batch": str(made.id)}
        do(
            on,
            Service.COLLECT_GROUP,
            None,
            actor=Actor.EMPLOYER,
            representative=shown("赵红", 12),
            wishes=collect,
        )
        return made.id, of_it


def test_an_employers_word(counter: ConsoleInProcess, batch: tuple[int, tuple[Card, ...]]) -> None:
    """What was handed out and what came back is chosen from the list, and put on record once."""
    number, (one, other, third) = batch
    li = counter.signed_in()
    assert "北京某某有限公司" in plain(li.get("/cards/custody"))
    form = li.get(f"/cards/do/custody-employer?number={number}")
    assert "职***" in plain(form)
    fields = {f"card.{one.id}": "out", f"card.{other.id}": "back", f"card.{third.id}": ""}
    page = filled(li, CardAct.EMPLOYER, fields, number=number)
    assert "职工20" in plain(page)
    said = plain(sent(counter, li, page))
    assert "已发放到本人 1 已退回 1 还没有发放 1" in said
    assert len(acts(counter, Act.HANDED_OUT)) == 2
    left = plain(li.get(f"/cards/do/custody-employer?number={number}"))
    assert f" {third.id} " in left
    assert f" {one.id} " not in left


def test_an_employers_word_that_makes_no_sense(
    counter: ConsoleInProcess, batch: tuple[int, tuple[Card, ...]]
) -> None:
    """Nothing chosen, and a card that is not of the batch."""
    number, _ = batch
    li = counter.signed_in()
    assert filled(li, CardAct.EMPLOYER, {}, number=number).status_code == 422
    wrong = filled(li, CardAct.EMPLOYER, {"card.999": "out"}, number=number)
    assert "application_unknown" in wrong.text
    assert li.get("/cards/do/custody-employer?number=999").status_code == 404


def test_the_dead_are_handed_out_by_two(
    counter: ConsoleInProcess, batch: tuple[int, tuple[Card, ...]]
) -> None:
    """What is in doubt takes a second person: the page before says so, and why."""
    number, (one, *_) = batch
    with counter.desk.bench() as on, on.registry.writing() as tx:
        person = persons.get(tx, one.person_id)
        persons.note_death(tx, person, deceased_on=on.now.date(), reminded=True)
    li = counter.signed_in()
    page = filled(li, CardAct.EMPLOYER, {f"card.{one.id}": "out"}, number=number)
    assert "须两人办理" in plain(page)
    assert sent(counter, li, page, {"second": ""}).status_code == 409
    assert "已办理" in plain(sent(counter, li, page, BY_TWO))
