"""Found cards, and cards used by others: kept, given back, destroyed, reported, watched."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from offered import do, duties_of, lying, moves, noted, two
from registry import Bench, bench, named
from sqlalchemy import select

from emulator.parties.party import Fault
from terminal.errors import (
    CardUnknown,
    CustodyRefused,
    PersonDiffers,
    PersonUnknown,
    RequestDiffers,
    RequestWrong,
    RuleRefused,
    SecondPersonNeeded,
    SecondWanted,
)
from terminal.registry import cards, destructions, pending, persons, watch
from terminal.registry.machines import Kind
from terminal.registry.pending import What
from terminal.registry.tables.persons import INTEGRITY_REPORT
from terminal.rules.states import Life, Social
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import found
from terminal.services.offered.delivery import run_due
from terminal.services.offered.found import Matter


def replaced(on: Bench, card_id: int) -> None:
    """Have a card lost and replaced."""
    with on.registry.writing() as tx:
        card = cards.move(tx, cards.get(tx, card_id), Kind.SOCIAL, "lose", Social.LOST)
        cards.move(tx, card, Kind.SOCIAL, "replace", Social.REPLACED)


# --- Found and fetched ---------------------------------------------------------------------


def test_a_found_card_is_kept_and_its_holder_told_where(tmp_path: Path) -> None:
    """The holder is told at once, before a replacement is paid for by waiting."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    done = found.hand_in(lying(on.desk(Channel.DISTRICT), card), "found-001")
    assert done.owed == ()
    assert done.until is not None
    assert str(done.until.day) == "2026-09-02"
    after = on.look(card)
    assert (after.life.state, after.social.state) == (Life.HANDED_IN, Social.ON)
    text = on.others.city.messages.sent[0]["text"]
    assert "网点 A01" in text
    assert "2026-09-02" in text
    assert [each.card.id for each in found.kept_here(on.desk())] == [card.id]
    assert found.kept_until(found.kept_here(on.desk())[0]) == done.until
    assert noted(on, action="hand_in")[0].note.card_id == card.id


def test_a_card_handed_in_twice_is_one(tmp_path: Path) -> None:
    """A clerk who presses twice sends no second message."""
    on = bench(tmp_path)
    card = on.card(on.person())
    for key in ("found-001", "found-001", "found-002"):
        found.hand_in(on.desk(), key, card.id)
    assert len(on.others.city.messages.sent) == 1
    assert moves(on, card.id) == ["register", "find"]


def test_a_found_card_with_the_message_service_down_is_kept_and_owed(tmp_path: Path) -> None:
    """The card lies here whether or not its holder can be told today."""
    on = bench(tmp_path)
    card = on.card(on.person())
    on.others.set("messages", Fault.DOWN)
    done = found.hand_in(on.desk(), "found-001", card.id)
    assert "短信平台尚未确认" in done.owed[0].zh
    on.others.set("messages", Fault.UP)
    assert found.hand_in(on.desk(), "found-001", card.id).owed == ()
    assert len(on.others.city.messages.sent) == 1


def test_a_found_card_is_given_back_against_a_document(tmp_path: Path) -> None:
    """The holder's own document, and nobody else's, opens the drawer."""
    on = bench(tmp_path)
    person, other = on.person(), on.person("李秀英", 2)
    card = on.card(person)
    found.hand_in(on.desk(), "found-001", card.id)
    with pytest.raises(CardUnknown):
        found.give_back(on.desk(), named(other), card.id)
    with pytest.raises(PersonDiffers):
        found.give_back(on.desk(), replace(named(person), name="王小二"), card.id)
    assert found.give_back(on.desk(), named(person), card.id).card.life.state == Life.HELD
    assert found.give_back(on.desk(), named(person), card.id).card.life.state == Life.HELD
    assert moves(on, card.id) == ["register", "find", "give_back"]
    assert found.kept_here(on.desk()) == ()
    assert len(noted(on, action="give_back")) == 1


def test_a_card_lost_and_found_again_is_kept_a_second_time(tmp_path: Path) -> None:
    """The second finder counts from a day of its own, at an outlet of its own."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    found.hand_in(on.desk(), "found-001", card.id)
    found.give_back(on.desk(), named(person), card.id)
    on.later(days=100)
    elsewhere = replace(on.desk(Channel.DISTRICT), outlet="B07")
    found.hand_in(elsewhere, "found-002", card.id)
    assert found.kept_here(on.desk()) == ()
    assert [each.outlet for each in found.kept_here(elsewhere)] == ["B07"]
    with pytest.raises(CustodyRefused) as refused:
        found.give_back(on.desk(), named(person), card.id)
    assert "B07" in refused.value.cause("zh")
    with pytest.raises(CustodyRefused):
        found.hand_in(on.desk(), "found-003", card.id)
    with pytest.raises(CustodyRefused):
        found.destroy(two(on.desk()), "destroy-1", card.id)


def test_r_own_use_a_doubtful_name_or_the_blacklist_takes_two(tmp_path: Path) -> None:
    """A cut name is no ground to refuse, nor one to hand a card to whoever says so."""
    on = bench(tmp_path)
    person = on.person(name="阿卜杜热西提·麦麦提吐尔逊·买买提艾力")
    card = on.card(person)
    cut = replace(named(person, from_reader=True), name=person.name.reveal()[:15])
    found.hand_in(on.desk(), "found-001", card.id)
    with pytest.raises(SecondWanted):
        found.give_back(on.desk(), cut, card.id)
    with on.registry.writing() as tx:
        watch.put_on(tx, "borrowed", person_id=person.id)
    with pytest.raises(SecondWanted) as wanted:
        found.give_back(on.desk(), named(person), card.id)
    assert "关注名单" in wanted.value.cause("zh")
    found.give_back(two(on.desk()), cut, card.id)
    assert on.look(card).life.state == Life.HELD
    assert noted(on, action="give_back")[0].note.second == "li"


def test_a_found_card_that_was_replaced_is_not_given_back(tmp_path: Path) -> None:
    """R-UNLOSS-NOT-REPLACED: two cards in one pocket are one too many."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    replaced(on, card.id)
    found.hand_in(on.desk(), "found-001", card.id)
    assert on.others.city.messages.sent == []
    with pytest.raises(RuleRefused) as refused:
        found.give_back(on.desk(), named(person), card.id)
    assert "补领" in refused.value.cause("zh")
    found.destroy(two(on.desk()), "destroy-1", card.id)
    assert on.look(card).life.state == Life.DESTROYED
    assert on.others.city.messages.sent == []


def test_a_found_card_of_the_dead_is_not_given_back(tmp_path: Path) -> None:
    """Whoever shows a dead person's document has to show more (Rules Art. 19)."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    found.hand_in(on.desk(), "found-001", card.id)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(RuleRefused) as refused:
        found.give_back(on.desk(), named(person), card.id)
    assert "注销" in refused.value.advice("zh")


@pytest.mark.parametrize("at_reader", [True, False])
def test_a_card_that_nobody_knows_is_not_taken_in(tmp_path: Path, at_reader: bool) -> None:
    """A card of unknown origin is no found card: two people report it."""
    on = bench(tmp_path)
    desk = lying(on.desk(), "110000" + "9" * 26) if at_reader else on.desk()
    with pytest.raises(CardUnknown) as unknown:
        found.hand_in(desk, "found-001", None if at_reader else 4711)
    assert "由两人上报" in unknown.value.cause("zh")


def test_a_card_in_custody_is_not_found(tmp_path: Path) -> None:
    """A card that is ready for its holder lies in a safe; who "finds" it there has to explain."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
    with pytest.raises(CustodyRefused) as refused:
        found.hand_in(on.desk(), "found-001", card.id)
    assert "制作中" in refused.value.cause("zh")


# --- Not fetched ---------------------------------------------------------------------------


def test_a_found_card_is_destroyed_by_two_after_six_months(tmp_path: Path) -> None:
    """Not a day before, not by one, and its holder hears of it."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    done = found.hand_in(on.desk(), "found-001", card.id)
    with on.registry.writing() as tx:
        pending.decide(tx, card.id, What.PIN_RESET, run_id=None)
    assert done.until is not None
    on.now = done.until.at - timedelta(seconds=1)
    with pytest.raises(CustodyRefused) as refused:
        found.destroy(two(on.desk()), "destroy-1", card.id)
    assert "2026年9月2日24时" in refused.value.cause("zh")
    on.now = done.until.at
    with pytest.raises(SecondPersonNeeded):
        found.destroy(on.desk(), "destroy-1", card.id)
    with pytest.raises(SecondPersonNeeded):
        found.destroy(on.desk().with_second("WANG", "期满"), "destroy-1", card.id)
    with pytest.raises(SecondPersonNeeded):
        found.destroy(on.desk().with_second("li", " "), "destroy-1", card.id)
    for _ in range(2):
        gone = found.destroy(two(on.desk(), "期满"), "destroy-1", card.id)
        assert gone.owed == ()
    after = on.look(card)
    assert (after.life.state, after.social.state) == (Life.DESTROYED, Social.ON)
    with on.registry.reading() as tx:
        record = destructions.of_card(tx, card.id)
        assert pending.waiting(tx, card.id) == ()
    assert record is not None
    assert (record.operator, record.second, record.reason) == ("wang", "li", "handed_in")
    assert [each["event"] for each in on.others.city.card_management.reports] == ["destroyed"]
    assert len(on.others.city.messages.sent) == 2
    assert found.kept_here(on.desk()) == ()


def test_the_holder_of_a_destroyed_card_reports_it_and_gets_another(tmp_path: Path) -> None:
    """A holder who comes too late must not be left with no way to a card (R-ONE)."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    found.hand_in(on.desk(), "found-001", card.id)
    on.later(days=200)
    found.destroy(two(on.desk()), "destroy-1", card.id)
    do(on, Service.LOSS_SOCIAL, person, Channel.DISTRICT)
    assert on.look(card).social.state == Social.LOST


def test_a_card_that_was_not_found_is_not_destroyed_here(tmp_path: Path) -> None:
    """A card in its holder's pocket cannot be destroyed by typing its number."""
    on = bench(tmp_path)
    card = on.card(on.person())
    with pytest.raises(CustodyRefused) as refused:
        found.destroy(two(on.desk()), "destroy-1", card.id)
    assert "持卡人持有" in refused.value.cause("zh")
    with pytest.raises(CardUnknown):
        found.destroy(two(on.desk()), "destroy-1", 4711)


# --- Misused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("matter", "kind"),
    [
        (Matter.FORGED, "forged"),
        (Matter.BORROWED, "borrowed"),
        (Matter.BOUGHT, "traded"),
        (Matter.OTHER, "misused"),
    ],
)
def test_r_own_use_is_reported_by_two_and_passed_on(
    tmp_path: Path, matter: Matter, kind: str
) -> None:
    """Measures Art. 12, 13: what was seen goes to the authority, which judges it."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    told = "来人与照片不符，称卡系购得"
    done = found.report(
        two(on.desk()), "report-01", matter, told, card_id=card.id, person_id=person.id
    )
    assert done.owed == ()
    sent = on.others.city.card_management.integrity
    assert [(each["kind"], each["what"]) for each in sent] == [(kind, told)]
    assert sent[0]["card_number"] == card.number
    assert sent[0]["number"] == person.document.number.reveal()
    with on.registry.reading() as tx:
        kept = watch.reports(tx)
        row = tx.rows(select(INTEGRITY_REPORT))[0]
    assert [(each.id, each.operator, each.second, each.passed_on) for each in kept] == [
        (done.report, "wang", "li", True)
    ]
    assert told.encode() not in row.told
    assert told not in str([each.note for each in noted(on)])
    assert person.document.number.reveal() not in str([each.note for each in noted(on)])


def test_a_forged_card_that_nobody_knows_is_reported_by_its_number(tmp_path: Path) -> None:
    """A forgery has no row in the registry, and is reported all the same."""
    on = bench(tmp_path)
    found.report(two(on.desk()), "report-01", Matter.FORGED, "卡面粗糙", card_number="X99999995")
    sent = on.others.city.card_management.integrity
    assert (sent[0]["card_number"], sent[0]["number"]) == ("X99999995", "")


def test_a_report_repeated_is_one_and_another_under_its_key_is_refused(tmp_path: Path) -> None:
    """A repeated key tells the authority once; a changed story is no repetition."""
    on = bench(tmp_path)
    card = on.card(on.person())
    desk = two(on.desk())
    first = found.report(desk, "report-01", Matter.BORROWED, "冒用", card_id=card.id)
    again = found.report(desk, "report-01", Matter.BORROWED, "冒用", card_id=card.id)
    assert first.report == again.report
    with pytest.raises(RequestDiffers):
        found.report(desk, "report-01", Matter.BORROWED, "没有冒用", card_id=card.id)
    with pytest.raises(RequestDiffers):
        found.report(desk, "report-01", Matter.FORGED, "冒用", card_id=card.id)
    assert len(on.others.city.card_management.integrity) == 1


def test_a_report_with_the_city_down_is_owed_until_it_has_it(tmp_path: Path) -> None:
    """The record says that the authority does not have it yet, and then that it does."""
    on = bench(tmp_path)
    person = on.person()
    on.card(person)
    on.others.set("card_management", Fault.DOWN)
    done = found.report(two(on.desk()), "report-01", Matter.BORROWED, "冒用", person_id=person.id)
    assert "报送诚信档案" in done.owed[0].zh
    with on.registry.reading() as tx:
        assert [each.passed_on for each in watch.reports(tx)] == [False]
    on.others.set("card_management", Fault.UP)
    on.later(minutes=5)
    run_due(on.desk())
    with on.registry.reading() as tx:
        assert [each.passed_on for each in watch.reports(tx)] == [True]
    assert [each.state for each in duties_of(on, person)] == ["done"]


@pytest.mark.parametrize(
    ("told", "number"), [("", ""), (" \n ", ""), ("长" * 501, ""), ("见附件", "9" * 33)]
)
def test_a_report_of_nothing_or_too_much_is_refused(tmp_path: Path, told: str, number: str) -> None:
    """What cannot be passed on as it is, is not put on record as if it could."""
    on = bench(tmp_path)
    with pytest.raises(RequestWrong):
        found.report(two(on.desk()), "report-01", Matter.OTHER, told, card_number=number)
    with on.registry.reading() as tx:
        assert watch.reports(tx) == ()


def test_a_report_takes_two_people_and_grounds(tmp_path: Path) -> None:
    """Nobody gets into the integrity file by one clerk's word."""
    on = bench(tmp_path)
    card = on.card(on.person())
    for desk in (on.desk(), on.desk().with_second("wang", "x"), on.desk().with_second("li", "")):
        with pytest.raises(SecondPersonNeeded):
            found.report(desk, "report-01", Matter.FORGED, "伪造", card_id=card.id)
    with pytest.raises(PersonUnknown):
        found.report(two(on.desk()), "report-01", Matter.FORGED, "伪造", person_id=4711)
    with pytest.raises(CardUnknown):
        found.report(two(on.desk()), "report-01", Matter.FORGED, "伪造", card_id=4711)


def test_r_own_use_the_blacklist_calls_a_second_person(tmp_path: Path) -> None:
    """From then on two people look wherever something is handed out, until two take it off."""
    on = bench(tmp_path)
    person = on.person()
    with on.registry.writing() as tx:
        card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
        card = cards.move(tx, card, Kind.LIFE, "made", Life.READY)
        card = cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD)
    found.report(
        two(on.desk()), "report-01", Matter.BOUGHT, "买卖", card_id=card.id, blacklist=True
    )
    with on.registry.reading() as tx:
        listed = watch.listed(tx)
    assert [(each.card_id, each.person_id, each.reason) for each in listed] == [
        (card.id, None, "核对过证件")
    ]
    with pytest.raises(SecondWanted) as wanted:
        do(on, Service.ENABLE, person, Channel.DISTRICT)
    assert "关注名单" in wanted.value.cause("zh")
    # A loss and a look are never held up by it.
    do(on, Service.STATUS, person, Channel.DISTRICT)
    do(on, Service.LOSS_TEMP, person, Channel.HOTLINE)
    with pytest.raises(SecondPersonNeeded):
        found.take_off(on.desk(), listed[0].id)
    found.take_off(two(on.desk()), listed[0].id)
    with pytest.raises(RequestWrong):
        found.take_off(two(on.desk()), listed[0].id)
    assert noted(on, action="blacklist_off")[0].note.card_id == card.id


def test_the_blacklist_wants_to_know_whom(tmp_path: Path) -> None:
    """A forged number belongs to nobody that could be listed; a person may be."""
    on = bench(tmp_path)
    person = on.person()
    with pytest.raises(RequestWrong):
        found.report(
            two(on.desk()), "r-1", Matter.FORGED, "伪造", card_number="X99999995", blacklist=True
        )
    with on.registry.reading() as tx:
        assert watch.reports(tx) == ()
    found.report(two(on.desk()), "r-2", Matter.FORGED, "伪造", person_id=person.id, blacklist=True)
    with on.registry.reading() as tx:
        assert watch.blacklisted(tx, person.id, None)
