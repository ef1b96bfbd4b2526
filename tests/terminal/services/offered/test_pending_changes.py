"""What was decided online comes first when the card is met again (R-PENDING)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from offered import do, noted, owed, two
from registry import Bench, ask, bench, citizen_id, named
from scripted_chip import ScriptedChip

from terminal.errors import (
    CardTorn,
    PendingFirst,
    PinCancelled,
    PinNotSet,
    PinWrong,
    RuleRefused,
    WriteUnfinished,
)
from terminal.registry import pending, persons, runs
from terminal.registry.cards import Card
from terminal.registry.pending import What
from terminal.registry.persons import Person
from terminal.rules.documents import DocumentKind, DocumentNumber
from terminal.rules.vocabulary import Actor, Channel, Paper, Service
from terminal.services.offered import pending_changes
from terminal.services.offered.answer import Answer
from terminal.services.offered.running import carry_out
from terminal.services.offered.works import work_of

LOAD = {"fen": "5000"}


class Counter:
    """A bank's desk, and a card for which something was decided online."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = bench(folder)
        self.person: Person = self.bench.person()
        self.card: Card = self.bench.card(self.person)
        self.chip = ScriptedChip(self.card)

    def online(self, service: Service, **wishes: str) -> None:
        do(self.bench, service, self.person, Channel.ONLINE, wishes=wishes)

    def at_desk(self, service: Service = Service.TRANSIT_LOAD, **more: Any) -> Answer:
        more.setdefault("wishes", LOAD)
        desk = more.pop("desk", None) or self.bench.desk()
        return do(self.bench, service, self.person, desk.with_chip(self.chip), **more)

    @property
    def waiting(self) -> list[What]:
        with self.bench.registry.reading() as tx:
            return [each.what for each in pending.waiting(tx, self.card.id)]


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


# --- Settled ------------------------------------------------------------------------------------
def test_r_pending_before_anything_else(counter: Counter) -> None:
    """Any service at any counter: the holder has the card, the document, and a PIN pad."""
    counter.online(Service.PIN_RESET)
    counter.online(Service.DATA_MINOR, mobile="13900000000")
    answer = counter.at_desk()
    assert counter.chip.asked == ["reset_pin", "write_minor", "load"]
    assert counter.chip.minor == {"mobile": "13900000000"}
    assert (counter.waiting, answer.owed) == ([], ())
    assert counter.bench.look(counter.card).pin_set is True


def test_r_pending_the_pin_before_minor_data(counter: Counter) -> None:
    """In whatever order they were decided: the next VERIFY is of the new PIN."""
    counter.online(Service.DATA_MINOR, mobile="13900000000")
    counter.online(Service.PIN_CHANGE)
    counter.at_desk()
    assert counter.chip.asked[:2] == ["change_pin", "write_minor"]


def test_r_pending_once(counter: Counter) -> None:
    """The next contact finds nothing that waits."""
    counter.online(Service.PIN_RESET)
    counter.at_desk()
    counter.at_desk()
    assert counter.chip.asked == ["reset_pin", "load", "load"]


def test_r_pending_is_on_record(counter: Counter) -> None:
    """Who had a PIN set for whom is asked later: the audit says so."""
    counter.online(Service.PIN_RESET)
    counter.at_desk()
    (entry,) = noted(counter.bench, action="settled")
    assert (entry.note.service, entry.note.card_id) == (Service.PIN_RESET, counter.card.id)


def test_r_pending_before_a_verify(counter: Counter) -> None:
    """The holder knows the PIN that was just set, and verifies that one."""
    counter.online(Service.PIN_RESET)
    counter.at_desk(Service.DATA_MINOR, wishes={"mobile": "13900000000"})
    assert counter.chip.asked == ["reset_pin", "verify_pin", "write_minor"]


def test_r_pending_by_a_guardian(counter: Counter) -> None:
    """A child's PIN is the guardian's to enter (R-GUARDIAN)."""
    number = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(7, "20150307"))
    counter.person = counter.bench.person("王小明", document=number)
    counter.card = counter.bench.card(counter.person)
    counter.chip = ScriptedChip(counter.card)
    counter.online(Service.PIN_RESET)
    counter.at_desk(actor=Actor.GUARDIAN)
    assert counter.chip.asked == ["reset_pin", "load"]
    assert counter.waiting == []


def test_r_pending_also_where_the_service_is_refused(counter: Counter) -> None:
    """The contact is what counts; what was asked for is another matter."""
    counter.online(Service.PIN_RESET)
    with pytest.raises(RuleRefused):
        counter.at_desk(Service.ENABLE)
    assert counter.chip.asked == ["reset_pin"]


@pytest.mark.parametrize("service", [Service.PIN_RESET, Service.PIN_CHANGE])
def test_r_pending_a_service_does_it_itself(counter: Counter, service: Service) -> None:
    """Who comes to do at the desk what waits enters one PIN, not two."""
    counter.online(service)
    counter.at_desk(service, wishes={})
    assert len(counter.chip.asked) == 1
    assert counter.waiting == []


def test_r_pending_a_reset_before_a_change(counter: Counter) -> None:
    """A change wants the old PIN, which the holder does not know before the reset."""
    counter.online(Service.PIN_RESET)
    counter.at_desk(Service.PIN_CHANGE, wishes={})
    assert counter.chip.asked == ["reset_pin", "change_pin"]


def test_r_pending_a_change_is_pointless_after_a_reset(counter: Counter) -> None:
    """A new PIN was set: the old decision has nothing left to change."""
    counter.online(Service.PIN_CHANGE)
    counter.at_desk(Service.PIN_RESET, wishes={})
    assert counter.chip.asked == ["reset_pin"]
    assert counter.waiting == []


def test_r_pending_a_first_pin_that_is_there_already(counter: Counter) -> None:
    """It was set at another counter meanwhile: nobody is asked, nothing waits."""
    counter.chip.pin_set = False
    counter.online(Service.PIN_SET)
    counter.chip.pin_set = True
    counter.at_desk()
    assert counter.chip.asked == ["load"]
    assert counter.waiting == []


def test_r_pending_the_first_pin(counter: Counter) -> None:
    """It is entered where the card is met."""
    counter.chip.pin_set = False
    counter.online(Service.PIN_SET)
    counter.at_desk()
    assert counter.chip.asked == ["set_pin", "load"]


def test_r_pending_killed_before_it_was_noted(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chip has it and the registry does not know: it is done again, and harms nothing."""

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    counter.online(Service.DATA_MINOR, mobile="13900000000")
    with monkeypatch.context() as patch:
        patch.setattr(pending_changes, "_note", killed)
        with pytest.raises(Killed):
            counter.at_desk(key="load-00001")
    assert counter.waiting == [What.MINOR_DATA]
    counter.at_desk(key="load-00001")
    assert counter.chip.asked == ["write_minor", "write_minor", "load"]
    assert counter.waiting == []


def test_r_pending_noted_elsewhere_meanwhile(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two counters, one change: the second one has nothing left to note."""
    counter.online(Service.DATA_MINOR, mobile="13900000000")
    write = counter.chip.write_minor

    def written(data: dict[str, str]) -> None:
        write(data)
        with counter.bench.registry.writing() as tx:
            (change,) = pending.waiting(tx, counter.card.id)
            pending.settle(tx, change, run_id=None)

    monkeypatch.setattr(counter.chip, "write_minor", written)
    assert counter.at_desk().owed == ()


# --- Waiting on ---------------------------------------------------------------------------------
def test_r_pending_an_agent_is_not_the_holder(counter: Counter) -> None:
    """It waits, the clerk is told why, and the agent's own errand is done."""
    counter.online(Service.PIN_RESET)
    answer = counter.at_desk(Service.STATUS, actor=Actor.AGENT, wishes={})
    assert counter.chip.asked == []
    assert "重置服务密码" in owed(answer)
    assert "持卡人" in owed(answer)
    assert counter.waiting == [What.PIN_RESET]


def test_r_pending_the_card_alone_is_nobody(counter: Counter) -> None:
    """A top-up wants the card only: whoever brings it sets no PIN."""
    counter.online(Service.PIN_RESET)
    request = replace(ask(Service.TRANSIT_LOAD, None, wishes=LOAD), papers=frozenset({Paper.CARD}))
    desk = counter.bench.desk(Channel.TRANSIT).with_chip(counter.chip)
    answer = carry_out(work_of(Service.TRANSIT_LOAD), desk, request, "load-00001")
    assert counter.chip.asked == ["load"]
    assert "带身份证件" in owed(answer)


def test_r_pending_minor_data_want_nobody(counter: Counter) -> None:
    """They were decided by the holder: the card is enough to have its copy written."""
    counter.online(Service.DATA_MINOR, address="样例路1号")
    counter.at_desk(Service.STATUS, actor=Actor.AGENT, wishes={})
    assert counter.chip.asked == ["write_minor"]


def test_r_pending_a_document_is_wanted(counter: Counter) -> None:
    """Named, but without the document in the clerk's hands: that is no identification."""
    counter.online(Service.PIN_RESET)
    answer = counter.at_desk(papers=frozenset({Paper.CARD}))
    assert "身份证件" in owed(answer)


def test_r_pending_a_name_in_doubt_takes_two(counter: Counter) -> None:
    """Where the name is only a prefix a second person compares before a PIN is set."""
    counter.online(Service.PIN_RESET)
    counter.chip.holder_name = "阿依古丽·买买提明·努尔艾合买提"
    with counter.bench.registry.writing() as tx:
        persons.change_basic(
            tx,
            counter.person,
            "阿依古丽·买买提明·努尔艾合买提",
            named(counter.person).document,
        )
    cut = replace(named(counter.person, from_reader=True), name="阿依古丽·买买提明·努尔艾合买")
    desk = counter.bench.desk().with_chip(counter.chip)
    request = ask(Service.TRANSIT_LOAD, None, wishes=LOAD, holder=cut)
    work = work_of(Service.TRANSIT_LOAD)
    left = pending_changes.settle(desk, request)
    assert ["第二人" in each.why.zh for each in left] == [True]
    carry_out(work, two(desk), request, "load-00001")
    assert counter.chip.asked == ["reset_pin", "load"]


def test_r_pending_a_chip_that_cannot_be_written(counter: Counter) -> None:
    """It waits for a better reader, or for the new card."""
    counter.online(Service.PIN_RESET)
    counter.chip.readable = False
    answer = counter.at_desk(Service.STATUS, wishes={})
    assert "芯片不能读写" in owed(answer)
    assert counter.chip.asked == []


def test_r_pending_a_lost_card_gets_no_new_pin(counter: Counter) -> None:
    """It was decided before the loss: whoever brings the card now is not served with it."""
    counter.online(Service.PIN_RESET)
    do(counter.bench, Service.LOSS_SOCIAL, counter.person, Channel.DISTRICT)
    answer = counter.at_desk(Service.STATUS, wishes={})
    assert "挂失" in owed(answer)
    assert counter.chip.asked == []


def test_r_pending_of_somebody_who_died(counter: Counter) -> None:
    """Nothing is written for the dead; the kin cancel the card."""
    counter.online(Service.DATA_MINOR, mobile="13900000000")
    with counter.bench.registry.writing() as tx:
        persons.note_death(tx, counter.person, deceased_on=None, reminded=True)
    answer = counter.at_desk(Service.STATUS, wishes={})
    assert "死亡" in owed(answer)
    assert counter.chip.asked == []


@pytest.mark.parametrize("error", [PinCancelled(), PinWrong(left=2), PinNotSet()])
def test_r_pending_the_holder_does_not_manage(counter: Counter, error: Exception) -> None:
    """What needs no PIN is done all the same, and the change is named."""
    counter.online(Service.PIN_CHANGE)
    counter.chip.fail("change_pin", error)
    answer = counter.at_desk()
    assert counter.chip.asked == ["change_pin", "load"]
    assert "修改服务密码" in owed(answer)
    assert counter.waiting == [What.PIN_CHANGE]


def test_r_pending_no_pin_is_tried_before(counter: Counter) -> None:
    """A VERIFY would spend tries of a PIN that nobody knows any more."""
    counter.online(Service.PIN_RESET)
    counter.chip.fail("reset_pin", PinCancelled())
    with pytest.raises(PendingFirst) as first:
        counter.at_desk(Service.DATA_MINOR, wishes={"mobile": "13900000000"}, key="data-00001")
    assert "取消" in first.value.cause("zh")
    assert counter.chip.asked == ["reset_pin"]
    with counter.bench.registry.reading() as tx:
        assert runs.by_key(tx, "data-00001") is None
    counter.at_desk(Service.DATA_MINOR, wishes={"mobile": "13900000000"}, key="data-00001")
    assert counter.chip.asked[1:] == ["reset_pin", "verify_pin", "write_minor"]


def test_r_pending_no_old_pin_is_tried_by_an_agent(counter: Counter) -> None:
    """An agent may change the PIN, but not where the holder had it reset."""
    counter.online(Service.PIN_RESET)
    with pytest.raises(PendingFirst):
        counter.at_desk(Service.PIN_CHANGE, actor=Actor.AGENT, wishes={})
    assert counter.chip.asked == []


def test_r_pending_what_the_rules_refuse_is_refused_by_them(counter: Counter) -> None:
    """The reason that a clerk hears is the rules', with its article."""
    counter.online(Service.PIN_RESET)
    with pytest.raises(RuleRefused):
        counter.at_desk(Service.DATA_MINOR, wishes={"mobile": "13900000000"}, actor=Actor.AGENT)


def test_r_pending_a_torn_card_waits_whole(counter: Counter) -> None:
    """After the card was pulled nothing more is asked of it; all that waits is named."""
    counter.online(Service.PIN_RESET)
    counter.online(Service.DATA_MINOR, mobile="13900000000")
    counter.chip.fail("reset_pin", CardTorn())
    answer = counter.at_desk(Service.STATUS, wishes={})
    assert counter.chip.asked == ["reset_pin"]
    assert len(answer.owed) == 2
    assert len(counter.waiting) == 2


def test_r_pending_data_half_written(counter: Counter) -> None:
    """What is not known to be whole on the chip is written again, whole."""
    counter.online(Service.DATA_MINOR, mobile="13900000000", address="样例路1号")
    counter.chip.fail("write_minor", WriteUnfinished(file="DF01EF06", done=1, of=2))
    counter.at_desk()
    counter.at_desk()
    assert counter.chip.minor == {"mobile": "13900000000", "address": "样例路1号"}
    assert counter.waiting == []


def test_another_card_on_the_desk_is_not_asked(counter: Counter) -> None:
    """What waits for one card is not written on another, nor on none."""
    counter.online(Service.PIN_RESET)
    stranger = ScriptedChip()
    stranger.chip = "110000D15600000500000000000099FF"
    desk = counter.bench.desk().with_chip(stranger)
    assert pending_changes.settle(desk, ask(Service.TRANSIT_LOAD)) == ()
    assert pending_changes.settle(counter.bench.desk(), ask(Service.TRANSIT_LOAD)) == ()
    assert stranger.asked == []
