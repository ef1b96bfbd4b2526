"""What others left: who answered just now hears of it, who is down holds nobody up."""

from pathlib import Path

import pytest
from offered import do, two
from registry import Bench, bench
from sqlalchemy import select, update

from emulator.parties.party import Fault
from terminal.errors import DutySettled, DutyUnknown, RegistryDamaged, SecondPersonNeeded
from terminal.registry import cards, runs
from terminal.registry import duties as registry_duties
from terminal.registry.duties import DutyState
from terminal.registry.tables.work import DUTY
from terminal.rules.vocabulary import Service
from terminal.services import duties
from terminal.services.offered import delivery, owing


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    """Give a counter whose bank and city did not hear of two losses, all of it due again."""
    made = bench(tmp_path)
    for party in ("bank", "card_management"):
        made.others.set(party, Fault.DOWN)
    for sequence in (1, 2):
        person = made.person(sequence=sequence)
        made.card(person)
        do(made, Service.LOSS_TEMP, person)
    made.later(hours=1)
    return made


def states(on: Bench) -> dict[str, list[DutyState]]:
    """Say how what is open stands, by party."""
    found: dict[str, list[DutyState]] = {}
    for duty, _ in duties.open_now(on.desk()).duties:
        found.setdefault(duty.party, []).append(duty.state)
    return found


def test_of_who_answered_alone(on: Bench) -> None:
    """The bank is back and was asked for something else: it hears of both, the city of none."""
    on.others.set("bank", Fault.UP)
    before = len(on.others.calls("card_management"))
    duties.follow_up(on.desk(), {"bank"})
    assert states(on) == {"card_management": [DutyState.DUE] * 2}
    assert len(on.others.calls("card_management")) == before


def test_nobody_answered(on: Bench) -> None:
    """Then nothing is tried at all."""
    duties.follow_up(on.desk(), set())
    assert states(on) == {"bank": [DutyState.DUE] * 2, "card_management": [DutyState.DUE] * 2}


def test_who_goes_down_again_is_asked_once(on: Bench) -> None:
    """One time-out at most, whatever is owed; the other parties go on."""
    on.others.set("card_management", Fault.UP)
    found = duties.run_due(on.desk())
    by_party = [(each.party, each.attempts) for each, _ in found]
    assert sorted(by_party) == [
        ("bank", 1),
        ("bank", 2),
        ("card_management", 2),
        ("card_management", 2),
    ]
    assert states(on) == {"bank": [DutyState.DUE] * 2}


def test_an_altered_duty_is_told_and_keeps_no_other_back(on: Bench) -> None:
    """Who alters one row must not stop what the bank and the city are owed for everybody else."""
    first = duties.open_now(on.desk()).duties[0][0]
    with on.registry.writing() as tx:
        tx.connection.execute(update(DUTY).where(DUTY.c.id == first.id).values(arguments=b"other"))
    for party in ("bank", "card_management"):
        on.others.set(party, Fault.UP)
    found = duties.open_now(on.desk())
    assert len(found.duties) == 3, "one row that was altered hides no other"
    assert isinstance(found.altered, RegistryDamaged)
    with pytest.raises(RegistryDamaged):
        duties.run_due(on.desk())
    with on.registry.reading() as tx:
        rows = tx.rows(select(DUTY.c.id, DUTY.c.state))
    assert [row.id for row in rows if row.state == DutyState.DUE] == [first.id]


def test_only_some_of_it(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clerk's next customer does not wait for a whole day's backlog."""
    monkeypatch.setattr(duties, "MOST_BESIDE", 1)
    on.others.set("bank", Fault.UP)
    duties.follow_up(on.desk(), {"bank"})
    assert states(on)["bank"] == [DutyState.DUE]


def test_not_for_long(on: Bench) -> None:
    """A party that answers slowly keeps nobody for the sake of others."""
    on.others.set("bank", Fault.UP)
    times = iter([0.0, 0.0, 9.0])
    duties.follow_up(on.desk(), {"bank"}, lambda: next(times))
    assert states(on)["bank"] == [DutyState.DUE]


def test_who_is_down_by_now(on: Bench) -> None:
    """It answered before and does not any more: asked once, and left alone."""
    before = len(on.others.calls("bank"))
    duties.follow_up(on.desk(), {"bank"})
    assert states(on)["bank"] == [DutyState.DUE] * 2
    assert [
        each.attempts for each, _ in duties.open_now(on.desk()).duties if each.party == "bank"
    ] == [2, 1]
    assert len(on.others.calls("bank")) == before


def test_settled_by_two(on: Bench) -> None:
    """Once, with grounds; said again alike it is the same, otherwise it is settled."""
    (duty, _), *_ = duties.open_now(on.desk()).duties
    with pytest.raises(SecondPersonNeeded):
        duties.decide(on.desk(), duty.id, "已人工办理")
    with pytest.raises(SecondPersonNeeded):
        duties.decide(two(on.desk(), " "), duty.id, "已人工办理")
    desk = two(on.desk())
    assert duties.decide(desk, duty.id, "已人工办理").state is DutyState.DECIDED
    assert duties.decide(desk, duty.id, "已人工办理").state is DutyState.DECIDED
    with pytest.raises(DutySettled):
        duties.decide(desk, duty.id, "没有办")
    with pytest.raises(DutyUnknown):
        duties.decide(desk, 999, "没有办")


def asked_of_bank(on: Bench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what the bank is asked, heard or not."""
    asked: list[str] = []
    answer = on.others.city.bank.answer

    def noted(text: str) -> str:
        asked.append(text)
        return answer(text)

    monkeypatch.setattr(on.others.city.bank, "answer", noted)
    return asked


def test_who_is_down_is_asked_once_however_much_waits_on_an_earlier_word(
    on: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each card's return waits behind its stop: the party that is down hears of one of them."""
    on.later(hours=-1)  # the stops were tried just now, and are not due
    with on.registry.writing() as tx:
        for sequence in (1, 2):
            (card,) = cards.of_person(tx, sequence)
            owed = owing.restore_financial(card)
            registry_duties.add(tx, owed, f"back-{sequence}", person_id=sequence, card_id=card.id)
    on.others.set("card_management", Fault.UP)
    asked = asked_of_bank(on, monkeypatch)
    duties.run_due(on.desk())
    assert len(asked) == 1


def test_a_clerk_waits_for_one_time_out_a_party(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that owes a party three things does not wait for it three times."""
    person = on.person(sequence=3)
    card = on.card(person)
    asked = asked_of_bank(on, monkeypatch)
    with on.registry.writing() as tx:
        run = runs.begin(
            tx, "many-0001", Service.STATUS, on.desk().by, {}, person_id=None, card_id=None
        )
        for number in range(3):
            owed = owing.restore_financial(card)
            registry_duties.add(tx, owed, f"many-{number}", run_id=run)
    delivery.at_once(on.desk(), run)
    assert len(asked) == 1
