"""Found and misused cards at the console: each act once, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from card_pages import BY_TWO, document, done, filled, sent
from console_in_process import ConsoleInProcess
from day_pages import acts, day_console, plain
from serving_desk import chip_of, made_of, noted

from emulator.parties.party import Fault
from terminal.registry import cards, watch
from terminal.registry.cards import Card
from terminal.registry.machines import Kind
from terminal.rules.states import Social
from terminal.rules.vocabulary import Service
from terminal.services.acts import Act
from terminal.web.card_acts import CardAct
from terminal.web.operations import Operation

NUMBER = "A00100012"


@pytest.fixture
def counter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ConsoleInProcess]:
    """Open a console of a bank's desk."""
    with day_console(tmp_path, monkeypatch, capsys) as made:
        yield made


@pytest.fixture
def card(counter: ConsoleInProcess) -> Card:
    """Put somebody with a card on record."""
    return counter.desk.card_of()[1]


def test_the_card_in_the_reader(counter: ConsoleInProcess) -> None:
    """A card that can be read says itself which it is; nobody types its number."""
    chip, card = counter.desk.card_of()
    li = counter.signed_in()
    counter.desk.lay(chip)
    page = filled(li, CardAct.HAND_IN, {"number": ""})
    said = plain(sent(counter, li, page))
    assert f"登记编号 {card.id}" in said
    assert "拾获交存" in said
    (look,) = noted(counter.desk, action="look", service="found-hand-in")
    assert look.note.card_id == card.id


def test_no_card_in_the_reader(counter: ConsoleInProcess, card: Card) -> None:
    """With neither number nor card the form says what is missing, and keeps what is there."""
    page = filled(counter.signed_in(), CardAct.HAND_IN, {"number": ""})
    assert page.status_code == 409
    assert 'role="alert"' in page.text
    assert "no_card" in page.text


def test_a_reader_that_is_busy(counter: ConsoleInProcess) -> None:
    """Where a service goes on with the card, nothing else is asked of it."""
    counter.desk.lay(counter.desk.card_of()[0])
    li = counter.signed_in()
    reader = counter.console.slots.all()[0].reader
    running = Operation("20261128-AAAA-BBBB-CCCC", Service.TRANSIT_LOAD, "li", reader)
    counter.console.operations._by_key[running.key] = running
    assert "desk_busy" in filled(li, CardAct.HAND_IN, {"number": ""}).text
    assert "/check" in filled(li, CardAct.HAND_IN, {"number": NUMBER}).url.path


@pytest.mark.parametrize("laid", [True, False])
def test_a_card_that_nobody_knows(counter: ConsoleInProcess, laid: bool) -> None:
    """One of unknown origin is reported by two, not kept."""
    if laid:
        counter.desk.lay(chip_of(9))
    page = filled(counter.signed_in(), CardAct.HAND_IN, {"number": "" if laid else "Z99"})
    assert page.status_code == 409
    assert "来历不明的，由两人办理“上报冒用、伪造、买卖”" in plain(page)


def test_given_back(counter: ConsoleInProcess, card: Card) -> None:
    """Kept, found in the list, given back against a document; the list is empty again."""
    li = counter.signed_in()
    done(counter, li, CardAct.HAND_IN, {"number": NUMBER.lower()})
    link = f"/cards/do/found-give-back?number={card.id}"
    shown = li.get("/cards/found")
    assert link in shown.text
    assert "found-destroy" not in shown.text
    said = done(counter, li, CardAct.GIVE_BACK, document(), number=card.id)
    assert "持卡人持有" in said
    assert len(acts(counter, Act.GIVE_BACK)) == 1
    assert "本网点没有收存拾获的卡" in plain(li.get("/cards/found"))


def test_not_given_to_another(counter: ConsoleInProcess, card: Card) -> None:
    """A document that does not fit is told before anything is done."""
    li = counter.signed_in()
    done(counter, li, CardAct.HAND_IN, {"number": NUMBER})
    for fields, code in (
        (document(name="李四"), "person_differs"),
        (document(7), "person_unknown"),
        ({}, "request_wrong"),
        ({**document(), "holder.again": "1"}, "request_wrong"),
        (document(name=""), "request_wrong"),
    ):
        page = filled(li, CardAct.GIVE_BACK, fields, number=card.id)
        assert page.status_code in {409, 422}
        assert code in page.text
    assert acts(counter, Act.GIVE_BACK) == ()


def test_not_destroyed_too_soon(counter: ConsoleInProcess, card: Card) -> None:
    """It is kept for its holder half a year; what is refused is told before two people sign."""
    li = counter.signed_in()
    done(counter, li, CardAct.HAND_IN, {"number": NUMBER})
    page = filled(li, CardAct.DESTROY_FOUND, number=card.id)
    assert page.status_code == 409
    assert "要保管到" in plain(page)


def test_what_is_over_is_destroyed(counter: ConsoleInProcess, card: Card) -> None:
    """A found card that is cancelled waits for nobody: two people destroy it at once."""
    li = counter.signed_in()
    done(counter, li, CardAct.HAND_IN, {"number": NUMBER})
    with counter.desk.bench() as on, on.registry.writing() as tx:
        cards.move(tx, cards.get(tx, card.id), Kind.SOCIAL, "cancel", Social.CANCELLED)
    assert f"/cards/do/found-destroy?number={card.id}" in li.get("/cards/found").text
    assert "found-give-back" not in li.get("/cards/found").text
    said = done(counter, li, CardAct.DESTROY_FOUND, None, BY_TWO, number=card.id)
    assert "已销毁" in said
    (act,) = acts(counter, Act.DESTROY_FOUND)
    assert (act.note.operator, act.note.second, act.note.reason) == ("li", "zhang", "当面核实")


def test_reported_and_watched(counter: ConsoleInProcess, card: Card) -> None:
    """By two; the card is watched until two others say that it is cleared up."""
    li = counter.signed_in()
    told = {"matter": "borrowed", "told": "他人持卡\n冒领", "number": NUMBER, "blacklist": "yes"}
    page = filled(li, CardAct.REPORT, told | document())
    assert "王建国" in plain(page)
    assert "他人持卡 冒领" in plain(page)
    said = plain(sent(counter, li, page, BY_TWO))
    assert "诚信档案编号 1" in said
    (report,) = counter.desk.others.city.card_management.integrity
    assert (report["what"], report["card_number"]) == ("他人持卡 冒领", NUMBER)
    listed = li.get("/cards/found")
    assert "当面核实" in plain(listed)
    assert "转借、冒用" in plain(listed)
    assert "冒领" not in plain(listed)
    said = done(counter, li, CardAct.TAKE_OFF, None, BY_TWO, number=1)
    assert "已移出关注名单" in said
    assert "关注名单是空的" in plain(li.get("/cards/found"))
    again = filled(li, CardAct.TAKE_OFF, number=1)
    assert again.status_code == 409
    assert "request_wrong" in again.text


def test_watched_by_whom_it_was(counter: ConsoleInProcess, card: Card) -> None:
    """Without a card it is the person who is watched."""
    li = counter.signed_in()
    fields = {"matter": "bought", "told": "网上求购", "blacklist": "yes"} | document(name="")
    done(counter, li, CardAct.REPORT, fields, BY_TWO)
    with counter.desk.bench() as on, on.registry.reading() as tx:
        (entry,) = watch.listed(tx)
    assert (entry.person_id, entry.card_id) == (card.person_id, None)
    assert "王**" in plain(li.get("/cards/found"))
    assert "王建国" in plain(filled(li, CardAct.TAKE_OFF, number=entry.id))


def test_a_forged_card_is_named_by_its_face(counter: ConsoleInProcess) -> None:
    """The registry does not know it, and the city is told its number all the same."""
    li = counter.signed_in()
    fields = {"matter": "forged", "told": "卡面印刷粗糙", "number": "Z99"}
    page = filled(li, CardAct.REPORT, fields)
    assert "Z99（登记库中没有）" in plain(page)
    sent(counter, li, page, BY_TWO)
    assert counter.desk.others.city.card_management.integrity[0]["card_number"] == "Z99"


@pytest.mark.parametrize(
    "lacking",
    [
        {"told": ""},
        {"told": "长" * 501},
        {"matter": ""},
        {"matter": "gossip"},
        {"number": "A" * 33},
        {"number": "A\x07"},
        {"blacklist": "yes"},
        {"holder.number": "1", "holder.again": "1"},
    ],
)
def test_a_report_that_makes_no_sense(counter: ConsoleInProcess, lacking: dict[str, str]) -> None:
    """A slip is told on the form, before two people are asked."""
    fields = {"matter": "other", "told": "见到"} | lacking
    page = filled(counter.signed_in(), CardAct.REPORT, fields)
    assert page.status_code in {409, 422}
    assert "request_wrong" in page.text or "personal_data_wrong" in page.text
    assert acts(counter, Act.INTEGRITY) == ()


def test_what_the_city_did_not_hear(counter: ConsoleInProcess, card: Card) -> None:
    """It is done all the same, and said to be unconfirmed."""
    counter.desk.others.set("card_management", Fault.DOWN)
    li = counter.signed_in()
    fields = {"matter": "other", "told": "见到", "number": made_of(chip_of(1), 1).number}
    said = done(counter, li, CardAct.REPORT, fields, BY_TWO)
    assert "尚未确认" in said
    assert "待报送" in plain(li.get("/cards/found"))
