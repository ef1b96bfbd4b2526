"""The service PIN as a service: set, changed, reset, at a desk and online."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from offered import do, duties_of, owed, told, values
from registry import Bench, bench
from scripted_chip import ScriptedChip

from emulator.parties.party import Fault
from terminal.errors import (
    CardTorn,
    CardWanted,
    PinAlreadySet,
    PinUnsettled,
    PinWrong,
    RuleRefused,
    RunIsLeft,
    RunOpen,
)
from terminal.registry import pending, runs
from terminal.registry.cards import Card
from terminal.registry.pending import PendingChange, What
from terminal.registry.persons import Person
from terminal.rules.vocabulary import Actor, Channel, Generation, Service
from terminal.services.offered import running
from terminal.services.offered.works import work_of

ENTERED = {
    Service.PIN_SET: "set_pin",
    Service.PIN_CHANGE: "change_pin",
    Service.PIN_RESET: "reset_pin",
}
WHATS = {
    Service.PIN_SET: What.PIN_SET,
    Service.PIN_CHANGE: What.PIN_CHANGE,
    Service.PIN_RESET: What.PIN_RESET,
}
EVERY = pytest.mark.parametrize("service", list(ENTERED))


class Counter:
    """A bank's desk with a person's card on it."""

    def __init__(self, folder: Path) -> None:
        self.bench: Bench = bench(folder)
        self.person: Person = self.bench.person()
        self.card: Card = self.bench.card(self.person)
        self.chip = ScriptedChip(self.card)

    def do(self, service: Service, at: Channel = Channel.BANK, **more: Any) -> Any:
        self.chip.pin_set = service is not Service.PIN_SET and self.chip.pin_set
        desk = self.bench.desk(at).with_chip(self.chip if at is not Channel.ONLINE else None)
        return do(self.bench, service, self.person, desk, **more)

    @property
    def waiting(self) -> tuple[PendingChange, ...]:
        with self.bench.registry.reading() as tx:
            return pending.waiting(tx, self.card.id)


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    return Counter(tmp_path)


# --- At a desk ----------------------------------------------------------------------------------
@EVERY
@pytest.mark.parametrize("channel", [Channel.DISTRICT, Channel.BANK])
def test_r_two_pins_the_service_pin_is_entered_at_the_pad(
    counter: Counter, service: Service, channel: Channel
) -> None:
    """The chip has it at once, the registry notes that there is one, the holder hears of it."""
    answer = counter.do(service, channel, key="pin-00001")
    assert counter.chip.asked == [ENTERED[service]]
    assert counter.bench.look(counter.card).pin_set is True
    assert values(answer)["服务密码"] in {"已设置", "已修改", "已重置"}
    assert "银行密码" in told(answer)
    (message,) = counter.bench.others.city.messages.sent
    assert "96066" in message["text"]
    again = do(
        counter.bench,
        service,
        counter.person,
        counter.bench.desk(channel).with_chip(counter.chip),
        key="pin-00001",
    )
    assert (again.repeated, again.number) == (True, answer.number)
    assert counter.chip.asked == [ENTERED[service]]


@EVERY
def test_not_without_the_card(counter: Counter, service: Service) -> None:
    """A PIN lives on the chip: nothing is begun for a card that does not lie there."""
    desk = counter.bench.desk()
    with pytest.raises(CardWanted):
        do(counter.bench, service, counter.person, desk)
    older = counter.bench.card(counter.person, generation=Generation.SECOND)
    another = ScriptedChip(older, pin_set=service is not Service.PIN_SET)
    with pytest.raises(CardWanted):
        do(
            counter.bench,
            service,
            counter.person,
            desk.with_chip(another),
            card=counter.card.id,
        )
    assert another.asked == []


@EVERY
def test_not_on_a_chip_that_cannot_be_written(counter: Counter, service: Service) -> None:
    """A damaged chip is a ground of renewal (Rules Art. 16)."""
    counter.chip.readable = False
    with pytest.raises(RuleRefused) as refused:
        counter.do(service)
    assert "芯片不能读写" in refused.value.cause("zh")


def test_s_pin_set_only_where_none_is(counter: Counter) -> None:
    """The chip knows better than the registry, which was not told."""
    assert counter.card.pin_set is None
    desk = counter.bench.desk().with_chip(counter.chip)
    with pytest.raises(RuleRefused) as refused:
        do(counter.bench, Service.PIN_SET, counter.person, desk)
    assert "重置" in refused.value.advice("zh")
    assert counter.chip.asked == []


def test_s_pin_change_of_a_card_without_one(counter: Counter) -> None:
    """There is nothing to change: the way out is the first setting."""
    counter.chip.pin_set = False
    with pytest.raises(RuleRefused) as refused:
        counter.do(Service.PIN_CHANGE)
    assert "设置" in refused.value.advice("zh")


def test_r_agent_may_change_and_never_reset(counter: Counter) -> None:
    """Art. 24 names the change only; who changes has to know the old PIN."""
    counter.do(Service.PIN_CHANGE, actor=Actor.AGENT)
    for service in (Service.PIN_RESET, Service.PIN_SET):
        with pytest.raises(RuleRefused) as refused:
            counter.do(service, actor=Actor.AGENT)
        assert "代理人" in refused.value.cause("zh")
    assert counter.chip.asked == ["change_pin"]


def test_s_pin_change_with_a_wrong_pin_changes_nothing_and_holds_nothing_up(
    counter: Counter,
) -> None:
    """The run is given up: another service with the card is not kept waiting for it."""
    counter.chip.fail("change_pin", PinWrong(left=2))
    with pytest.raises(PinWrong) as wrong:
        counter.do(Service.PIN_CHANGE, key="pin-00001")
    assert wrong.value.unfinished is None
    with pytest.raises(RunIsLeft):
        counter.do(Service.PIN_CHANGE, key="pin-00001")
    counter.do(Service.PIN_RESET)
    assert counter.chip.asked == ["change_pin", "reset_pin"]


@pytest.mark.parametrize("error", [CardTorn(), PinUnsettled()])
def test_s_pin_reset_of_a_torn_card_is_gone_on_with(counter: Counter, error: Exception) -> None:
    """Nobody knows whether it was written: the same request has it entered again."""
    counter.chip.fail("reset_pin", error, after=True)
    with pytest.raises(type(error)) as torn:
        counter.do(Service.PIN_RESET, key="pin-00001")
    assert "pin-00001" in torn.value.unfinished.zh  # type: ignore[union-attr]
    with pytest.raises(RunOpen):
        counter.do(Service.PIN_CHANGE)
    assert not counter.do(Service.PIN_RESET, key="pin-00001").repeated
    assert counter.chip.asked == ["reset_pin", "reset_pin"]


def test_s_pin_set_that_was_killed_before_its_record(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chip has the first PIN: it is not asked for twice, and is no reason to refuse."""

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(running, "_finish", killed)
        with pytest.raises(Killed):
            counter.do(Service.PIN_SET, key="pin-00001")
    desk = counter.bench.desk().with_chip(counter.chip)
    do(counter.bench, Service.PIN_SET, counter.person, desk, key="pin-00001")
    assert counter.chip.asked == ["set_pin"]
    assert counter.bench.look(counter.card).pin_set is True


def test_s_pin_set_where_the_chip_only_now_says_that_it_has_one(counter: Counter) -> None:
    """A chip that does not tell beforehand is not overwritten."""
    counter.chip.pin_set = None
    counter.chip.fail("set_pin", PinAlreadySet())
    desk = counter.bench.desk().with_chip(counter.chip)
    with pytest.raises(PinAlreadySet):
        do(counter.bench, Service.PIN_SET, counter.person, desk)
    with counter.bench.registry.reading() as tx:
        assert runs.begun(tx) == ()


def test_a_run_that_nobody_goes_on_with_is_abandoned(counter: Counter) -> None:
    """The holder left with the card: it must not be busy for ever."""
    counter.chip.fail("reset_pin", CardTorn())
    with pytest.raises(CardTorn):
        counter.do(Service.PIN_RESET, key="pin-00001")
    desk = counter.bench.desk()
    assert running.abandon(work_of(Service.PIN_RESET), desk, "pin-00001") == ()
    counter.do(Service.PIN_RESET, key="pin-00002")


def test_what_the_holder_is_not_told_is_named(counter: Counter) -> None:
    """The message service is down: the clerk hears of it, and the PIN is changed."""
    counter.bench.others.set("messages", Fault.DOWN)
    answer = counter.do(Service.PIN_RESET)
    assert "短信" in owed(answer)
    assert counter.bench.look(counter.card).pin_set is True


# --- Online -------------------------------------------------------------------------------------
@EVERY
def test_r_pending_nothing_of_a_pin_is_asked(counter: Counter, service: Service) -> None:
    """It is decided, waits for the chip's next contact, and the holder is told to come."""
    answer = counter.do(service, Channel.ONLINE)
    assert counter.chip.asked == []
    assert [each.what for each in counter.waiting] == [WHATS[service]]
    assert dict(counter.waiting[0].value) == {}
    assert "尚未写入" in values(answer)["服务密码"]
    assert "密码键盘" in told(answer)
    assert counter.bench.look(counter.card).pin_set is None
    assert len(duties_of(counter.bench, counter.person)) == 1


def test_r_pending_the_later_one_counts(counter: Counter) -> None:
    """Who changes their mind has one PIN to enter, not two."""
    counter.do(Service.PIN_CHANGE, Channel.ONLINE)
    counter.do(Service.PIN_RESET, Channel.ONLINE)
    assert [each.what for each in counter.waiting] == [What.PIN_RESET]


def test_r_pending_asked_again_it_waits_once(counter: Counter) -> None:
    """The same click again is the same decision."""
    for _ in range(2):
        counter.do(Service.PIN_RESET, Channel.ONLINE, key="pin-00001")
    assert len(counter.waiting) == 1
