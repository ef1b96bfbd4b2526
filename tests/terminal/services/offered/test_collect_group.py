"""S-COLLECT-GROUP: an employer collects, hands out, brings back (R-GROUP-30, Art. 7)."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from applying import shown
from handing_over import group, plea_of, state_of
from offered import do, told, values
from parties import BEIJING
from registry import ALL_PAPERS, OTHER_BANK, Bench, bench

from emulator.parties.party import Fault
from terminal.errors import (
    ApplicationUnknown,
    CustodyRefused,
    RuleRefused,
    SecondPersonNeeded,
    SecondWanted,
)
from terminal.registry import batches, persons, runs
from terminal.registry.cards import Card
from terminal.rules.states import Progress
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import hand_out
from terminal.services.offered.answer import Answer
from terminal.services.offered.desk import Desk

PERSON = shown("赵红", 12)


@pytest.fixture
def on(tmp_path: Path) -> Bench:
    return bench(tmp_path)


def collect(
    on: Bench, batch: int | str, desk: Desk | Channel = Channel.BANK, **more: object
) -> Answer:
    asked = {"actor": Actor.EMPLOYER, "representative": PERSON, "wishes": {"batch": str(batch)}}
    return do(on, Service.COLLECT_GROUP, None, desk, **(asked | more))  # type: ignore[arg-type]  # fields by name


def dead(on: Bench, card: Card) -> None:
    with on.registry.writing() as tx:
        person = persons.get(tx, card.person_id)
        persons.note_death(tx, person, deceased_on=None, reminded=True)


def test_s_collect_group_gives_all_made_cards_with_their_deadline(on: Bench) -> None:
    """The slip says how many, and by when what is not handed out is back."""
    batch, made = group(on, 3)
    answer = collect(on, batch.id)
    assert [state_of(on, each) for each in made] == ["with_employer"] * 3
    said = values(answer)
    assert said["交给单位"] == "3 张"
    assert said["未发放的卡退回期限"] == "2026年4月1日24时"
    assert "30 个自然日内退回" in told(answer)
    with on.registry.reading() as tx:
        assert batches.get(tx, batch.id).collected_at == on.now
    assert plea_of(on, made[0]).progress.state == Progress.MADE


def test_s_collect_group_at_the_chosen_bank_with_licence_and_authorisation(on: Bench) -> None:
    """Art. 7's papers; the authorisation is not wanted of a legal representative."""
    batch, made = group(on, 1)
    with pytest.raises(RuleRefused):
        collect(on, batch.id, on.desk(bank=OTHER_BANK))
    with pytest.raises(RuleRefused):
        collect(on, batch.id, Channel.DISTRICT)
    for lacking in (Paper.LICENCE, Paper.FIRM_AUTHORISATION, Paper.ACTOR_ID):
        with pytest.raises(RuleRefused):
            collect(on, batch.id, papers=ALL_PAPERS - {lacking})
    assert state_of(on, made[0]) == "ready"
    with pytest.raises(RuleRefused):
        collect(on, batch.id, actor=Actor.HOLDER)


@pytest.mark.parametrize("number", ["", "0", "999", "abc", "-1", "1.5", "９", "9" * 40, "²"])
def test_no_such_batch_is_said_so(on: Bench, number: str) -> None:
    """A mistyped number, however odd, gives nobody any card."""
    with pytest.raises(ApplicationUnknown):
        collect(on, number)


def test_what_may_not_be_given_out_stays_and_is_counted(on: Bench) -> None:
    """R-DEAD-10WD, R-UNCOLLECTED-6M and what is busy keep their cards; the others go."""
    batch, made = group(on, 4)
    dead(on, made[0])
    with on.registry.writing() as tx:
        runs.begin(tx, "x-1", Service.COLLECT, on.desk().by, {}, person_id=None, card_id=made[1].id)
    answer = collect(on, batch.id)
    assert [state_of(on, each) for each in made] == ["ready", "ready"] + ["with_employer"] * 2
    said = values(answer)["不能交给单位"]
    assert "1 张，持卡人已死亡" in said
    assert "1 张，正在办理其他业务" in said


def test_r_uncollected_6m_keeps_them_all_back(on: Bench) -> None:
    """The employer comes a second after six months: there is nothing to collect any more."""
    batch, made = group(on, 1)
    on.now = datetime(2026, 9, 3, 0, 0, tzinfo=BEIJING)
    with pytest.raises(ApplicationUnknown):
        collect(on, batch.id)
    on.later(seconds=-1)
    collect(on, batch.id)
    assert state_of(on, made[0]) == "with_employer"


def test_a_second_collection_has_a_term_of_its_own(on: Bench) -> None:
    """What was made later is out later; what is out already is not given twice."""
    batch, made = group(on, 1)
    collect(on, batch.id)
    with pytest.raises(ApplicationUnknown):
        collect(on, batch.id)
    on.later(days=10)
    hand_out.report(on.desk(), batch.id, returned=[made[0].id])
    answer = collect(on, batch.id)
    assert values(answer)["未发放的卡退回期限"] == "2026年4月11日24时"
    with on.registry.reading() as tx:
        assert batches.get(tx, batch.id).collected_at is not None


def test_hand_out_puts_cards_into_their_holders_hands(on: Bench) -> None:
    """By the employer's word; the city is told, nothing is enabled, a repetition is none."""
    batch, made = group(on, 3)
    collect(on, batch.id)
    done = hand_out.report(on.desk(), batch.id, [made[0].id], [made[1].id])
    assert [state_of(on, each) for each in made] == ["held", "ready", "with_employer"]
    assert (done.held, done.returned, done.out) == (1, 1, 1)
    assert done.back_by is not None
    assert done.back_by.day == date(2026, 4, 1)
    assert plea_of(on, made[0]).progress.state == Progress.HANDED_OVER
    assert on.look(made[0]).social.state == "off"
    reports = on.others.city.card_management.reports
    assert [each["event"] for each in reports].count("handed_over") == 1
    assert hand_out.report(on.desk(), batch.id, [made[0].id], [made[1].id]) == done
    assert [each["event"] for each in reports].count("handed_over") == 1


def test_hand_out_of_what_is_not_with_the_employer_changes_nothing(on: Bench) -> None:
    """One wrong number in the list, and none of it is put on record."""
    batch, made = group(on, 2)
    other, others = group(on, 1, start=40)
    collect(on, batch.id)
    with pytest.raises(ApplicationUnknown):
        hand_out.report(on.desk(), batch.id, [made[0].id, others[0].id])
    with pytest.raises(CustodyRefused):
        hand_out.report(on.desk(), other.id, [others[0].id])
    with pytest.raises(CustodyRefused):
        hand_out.report(on.desk(), batch.id, [made[0].id], [made[0].id])
    with pytest.raises(ApplicationUnknown):
        hand_out.report(on.desk(), 999)
    with pytest.raises(CustodyRefused):
        hand_out.report(on.desk(bank=OTHER_BANK), batch.id, [made[0].id])
    assert [state_of(on, each) for each in made] == ["with_employer"] * 2


def test_r_dead_10wd_a_deceased_persons_card_said_to_be_handed_out_takes_two(on: Bench) -> None:
    """Before the reminder it may have been right, after it never: a second person looks."""
    batch, made = group(on, 1)
    collect(on, batch.id)
    dead(on, made[0])
    with pytest.raises(SecondWanted):
        hand_out.report(on.desk(), batch.id, [made[0].id])
    with pytest.raises(SecondPersonNeeded):
        hand_out.report(on.desk().with_second("Wang", "发放在前"), batch.id, [made[0].id])
    hand_out.report(on.desk().with_second("li", "发放在前"), batch.id, [made[0].id])
    assert state_of(on, made[0]) == "held"


def test_r_group_30_late_cards_are_taken_back_all_the_same(on: Bench) -> None:
    """The term is over, the card still belongs into the bank's custody."""
    batch, made = group(on, 1)
    collect(on, batch.id)
    on.later(days=60)
    done = hand_out.report(on.desk(), batch.id, returned=[made[0].id])
    assert (done.returned, done.out, done.back_by) == (1, 0, None)


def test_hand_out_names_what_the_city_has_not_confirmed(on: Bench) -> None:
    """The card is handed out; the city hears of it later, and is named until then."""
    batch, made = group(on, 1)
    collect(on, batch.id)
    on.others.set("card_management", Fault.DOWN)
    done = hand_out.report(on.desk(), batch.id, [made[0].id])
    assert "市社保卡管理系统尚未确认" in done.owed[0].zh
