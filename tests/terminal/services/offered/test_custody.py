"""Custody: listed, recalled when due, destroyed by two people with a record (Art. 16, 21)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from applying import seats_of, shown
from handing_over import Laid, collected, first, first_ready, group, plea_of, state_of
from offered import do, duties_of, noted
from parties import BEIJING
from registry import OTHER_BANK, Bench, bench
from sqlalchemy.exc import DatabaseError

from emulator.parties.party import Fault
from terminal.errors import CardUnknown, CustodyRefused, RunOpen, SecondPersonNeeded
from terminal.registry import destructions, persons, runs
from terminal.registry.machines import Kind
from terminal.registry.tables.cards import DESTRUCTION
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Service
from terminal.rules.working_days import KNOWN
from terminal.services.acts import Act
from terminal.services.offered import custody, delivery, production
from terminal.services.offered.custody import InCustody
from terminal.services.offered.desk import Desk

AFTER = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
"""The first moment after six months from the tests' Monday."""


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    return first_ready(tmp_path)


def two(on: Bench) -> Desk:
    return on.desk().with_second("li", "到期集中销毁")


def listed(on: Bench, bank: str = "") -> tuple[InCustody, ...]:
    with on.registry.reading() as tx:
        return custody.in_custody(tx, KNOWN, bank)


# --- Recall ------------------------------------------------------------------------------------


def test_r_uncollected_6m_a_card_is_recalled_from_the_second_on(laid: Laid) -> None:
    """Not a second earlier; then its seat, its right and its account are free again."""
    on = laid.on
    on.now = AFTER
    on.later(seconds=-1)
    with pytest.raises(CustodyRefused) as early:
        custody.recall(on.desk(), laid.new.id)
    assert "2026年9月2日24时" in early.value.cause("zh")
    on.later(seconds=1)
    done = custody.recall(on.desk(), laid.new.id)
    assert (done.card.life.state, done.card.over, done.owed) == ("recalled", True, ())
    assert plea_of(on, laid.new).progress.state == Progress.RECALLED
    assert not seats_of(on, laid.person).taken
    assert on.others.city.card_management.reports[-1]["event"] == "cancelled"
    assert on.others.calls("card_management")[-1] == "release"
    account = on.others.city.bank.accounts[laid.new.account or ""]
    assert account["state"] == "cancelled"
    assert "重新申领" in on.others.city.messages.sent[-1]["text"]


def test_r_one_after_a_recall_the_person_applies_anew(laid: Laid) -> None:
    """What Art. 21 took back must not stand in the way of another application."""
    on = laid.on
    on.now = AFTER
    custody.recall(on.desk(), laid.new.id)
    person, card = first(on, 7, 98)
    assert person.id == laid.person.id
    assert seats_of(on, person).current_card == card.id


def test_a_recall_is_repeated_without_being_done_twice(laid: Laid) -> None:
    """A doubled click, and a city that was down: one recall, delivered when it is back."""
    on = laid.on
    on.now = AFTER
    on.others.set("card_management", Fault.DOWN)
    done = custody.recall(on.desk(), laid.new.id)
    assert [each.zh.split("：")[0] for each in done.owed] == ["市社保卡管理系统尚未确认"] * 2
    on.others.set("card_management", Fault.UP)
    again = custody.recall(on.desk(), laid.new.id)
    assert (again.repeated, again.owed) == (True, ())
    events = [each["event"] for each in on.others.city.card_management.reports]
    assert events.count("cancelled") == 1
    assert len(noted(on, action=Act.RECALL)) == 1


def test_r_dead_10wd_a_deceased_persons_card_is_recalled_at_once(laid: Laid) -> None:
    """No six months are waited for; nobody writes to the dead."""
    on = laid.on
    with on.registry.writing() as tx:
        persons.note_death(tx, laid.person, deceased_on=None, reminded=True)
    before = len(on.others.city.messages.sent)
    custody.recall(on.desk(), laid.new.id)
    assert state_of(on, laid.new) == "recalled"
    assert len(on.others.city.messages.sent) == before
    (note,) = noted(on, action=Act.RECALL)
    assert note.note.facts["rule"] == "R-DEAD-10WD"


def test_r_dead_10wd_a_card_in_hand_is_not_recalled(tmp_path: Path) -> None:
    """Cards in the family's hands are Art. 19's."""
    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    with on.registry.writing() as tx:
        persons.note_death(tx, person, deceased_on=None, reminded=True)
    with pytest.raises(CustodyRefused):
        custody.recall(on.desk(), card.id)


def test_a_renewal_that_nobody_collects_leaves_the_old_card_as_it_is(tmp_path: Path) -> None:
    """The new card is recalled; the old one was in force all the time, and stays so."""
    from handing_over import renewal_ready

    laid = renewal_ready(tmp_path)
    on, old = laid.on, laid.old
    assert old is not None
    on.now = AFTER
    custody.recall(on.desk(), laid.new.id)
    assert state_of(on, old, Kind.SOCIAL) == "on"
    seats = seats_of(on, laid.person)
    assert (seats.current_card, seats.next_card) == (old.id, None)


def test_a_card_that_is_just_being_collected_is_not_recalled_under_it(laid: Laid) -> None:
    """A collection that broke off is finished or given up first: it may have moved money."""
    on = laid.on
    with on.registry.writing() as tx:
        runs.begin(
            tx, "c-1", Service.COLLECT, on.desk().by, {}, person_id=None, card_id=laid.new.id
        )
    on.now = AFTER
    with pytest.raises(RunOpen):
        custody.recall(on.desk(), laid.new.id)


def test_only_the_bank_that_has_a_card_recalls_it(laid: Laid) -> None:
    """Another outlet has nothing in its hands that it could recall."""
    on = laid.on
    on.now = AFTER
    for desk in (on.desk(bank=OTHER_BANK), on.desk(Channel.DISTRICT)):
        with pytest.raises(CustodyRefused):
            custody.recall(desk, laid.new.id)
    assert state_of(on, laid.new) == "ready"


def test_what_the_registry_does_not_have_is_said_so(laid: Laid) -> None:
    """A number that is none gives the catalogue's error, not a traceback."""
    for act in (custody.recall, custody.destroy):
        with pytest.raises(CardUnknown):
            act(two(laid.on), 999)


# --- Destruction -------------------------------------------------------------------------------


def test_r_old_destroy_takes_two_people_grounds_and_leaves_a_record(tmp_path: Path) -> None:
    """Art. 16: destroyed centrally; once its functions have ended."""
    laid = collected(tmp_path)
    on, old = laid.on, laid.old
    assert old is not None
    with pytest.raises(CustodyRefused) as kept:
        custody.destroy(two(on), old.id)
    assert "启用新卡时才失效" in kept.value.cause("zh")
    do(on, Service.ENABLE, laid.person, Channel.ONLINE)
    for desk in (
        on.desk(),
        on.desk().with_second("WANG ", "销毁"),
        on.desk().with_second("li", " "),
    ):
        with pytest.raises(SecondPersonNeeded):
            custody.destroy(desk, old.id)
    done = custody.destroy(two(on), old.id)
    assert done.card.life.state == "destroyed"
    with on.registry.reading() as tx:
        record = destructions.of_card(tx, old.id)
        assert destructions.all_of_them(tx) == (record,)
    assert record is not None
    assert (record.operator, record.second, record.reason) == ("wang", "li", "taken_back")
    assert on.others.city.card_management.reports[-1]["event"] == "destroyed"
    assert custody.destroy(two(on), old.id).repeated
    assert len(noted(on, action=Act.DESTROY)) == 1


def test_the_record_of_a_destruction_is_not_changed_even_by_hand(tmp_path: Path) -> None:
    """The database itself holds it: two different people, and no row ever altered."""
    on = bench(tmp_path)
    card = on.card(on.person())
    with pytest.raises(DatabaseError), on.registry.writing() as tx:
        destructions.add(tx, card.id, "wang", "wang", "waste")
    with on.registry.writing() as tx:
        destructions.add(tx, card.id, "wang", "li", "waste")
    with pytest.raises(DatabaseError), on.registry.writing() as tx:
        tx.run(DESTRUCTION.delete())


def test_a_card_that_is_used_is_not_destroyed(laid: Laid) -> None:
    """Ready or in hand: two people or ten, it is not theirs to destroy."""
    with pytest.raises(CustodyRefused):
        custody.destroy(two(laid.on), laid.new.id)
    do(laid.on, Service.COLLECT, laid.person)
    with pytest.raises(CustodyRefused):
        custody.destroy(two(laid.on), laid.new.id)


def test_a_spoilt_card_is_destroyed_without_a_word_to_the_city(laid: Laid) -> None:
    """The right that it was made under is the next one's: "destroyed" would take that away."""
    on = laid.on
    plea = plea_of(on, laid.new)
    production.spoilt(on.desk(), plea.id, laid.new.id, "卡面划伤")
    reports = len(on.others.city.card_management.reports)
    custody.destroy(two(on), laid.new.id)
    assert len(on.others.city.card_management.reports) == reports
    with on.registry.reading() as tx:
        assert destructions.of_card(tx, laid.new.id) is not None


def test_a_recalled_card_is_destroyed_and_the_city_hears_of_it_in_order(laid: Laid) -> None:
    """First that it was recalled, then that it is gone, also where it was down for the first."""
    on = laid.on
    on.now = AFTER
    on.others.set("card_management", Fault.DOWN)
    custody.recall(on.desk(), laid.new.id)
    on.others.set("card_management", Fault.UP)
    custody.destroy(two(on), laid.new.id)
    on.later(minutes=1)
    delivery.run_due(on.desk())
    events = [each["event"] for each in on.others.city.card_management.reports]
    assert events[-2:] == ["cancelled", "destroyed"]
    assert {each.state.value for each in duties_of(on, laid.person)} == {"done"}


# --- The list ----------------------------------------------------------------------------------


def test_the_list_says_what_is_to_be_done_with_each_card(tmp_path: Path) -> None:
    """Ready, due, recalled, taken back, waste and found: masked, the longest kept first."""
    laid = collected(tmp_path)
    on = laid.on
    _other, ready = first(on, 8, 98)
    found = on.card(on.person("赵六", 30))
    from terminal.services.offered import found as found_cards

    found_cards.hand_in(on.desk(), "found-1", found.id)
    lines = {each.kept.card_id: each for each in listed(on)}
    assert laid.old is not None
    assert lines[laid.old.id].what == custody.KEEP
    assert lines[ready.id].what == custody.COLLECT
    assert lines[found.id].what == custody.GIVE_BACK
    recall = lines[ready.id].recall
    assert recall is not None
    assert (recall.deadline.day, recall.now) == (date(2026, 9, 2), False)
    assert str(lines[ready.id].kept.whose) == "李**"
    assert str(lines[ready.id].kept.number) == "*****0983"
    assert "李小明" not in repr(lines)
    do(on, Service.ENABLE, laid.person, Channel.ONLINE)
    on.now = AFTER
    lines = {each.kept.card_id: each for each in listed(on)}
    assert lines[laid.old.id].what == custody.DESTROY
    assert lines[ready.id].what == custody.RECALL
    custody.recall(on.desk(), ready.id)
    custody.destroy(two(on), laid.old.id)
    lines = {each.kept.card_id: each for each in listed(on)}
    assert laid.old.id not in lines
    assert lines[ready.id].what == custody.DESTROY
    assert listed(on, "ICBC") == ()


def test_a_found_card_that_is_used_no_more_waits_for_nobody(tmp_path: Path) -> None:
    """Its holder has another: whoever came to fetch it would be sent away."""
    from terminal.services.offered import found

    on = bench(tmp_path)
    person = on.person()
    card = on.card(person)
    do(on, Service.LOSS_FULL, person)
    do(on, Service.REPLACE, person)
    done = found.hand_in(on.desk(), "found-1", card.id)
    assert done.until is None
    (line,) = listed(on)
    assert (line.kept.card_id, line.what) == (card.id, custody.DESTROY)
    found.destroy(two(on), "destroy-1", card.id)
    assert listed(on) == ()


def test_a_party_that_is_down_is_asked_once_in_one_act(
    laid: Laid, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A recall owes the city two things: the clerk waits for one time-out."""
    on, asked = laid.on, list[str]()
    answer = on.others.city.card_management.answer

    def noting(text: str) -> str:
        asked.append(text)
        return answer(text)

    monkeypatch.setattr(on.others.city.card_management, "answer", noting)
    on.now = AFTER
    on.others.set("card_management", Fault.DOWN)
    assert len(custody.recall(on.desk(), laid.new.id).owed) == 2
    assert len(asked) == 1


def test_what_the_employer_has_is_not_in_custody(tmp_path: Path) -> None:
    """It is on the list of what employers bring back (deadlines.py)."""
    on = bench(tmp_path)
    batch, made = group(on, 1)
    assert [each.kept.card_id for each in listed(on)] == [made[0].id]
    do(
        on,
        Service.COLLECT_GROUP,
        None,
        actor=Actor.EMPLOYER,
        representative=shown("赵红", 12),
        wishes={"batch": str(batch.id)},
    )
    assert listed(on) == ()
