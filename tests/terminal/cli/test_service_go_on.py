"""``guitai service run --key``: gone on with, given up; and what others left behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving_desk import (
    READER,
    ServingDesk,
    code,
    noted,
    typed,
)

from emulator.parties.party import Fault
from terminal.cli import serving
from terminal.registry import duties, runs
from terminal.registry.duties import DutyState
from terminal.services.offered import at_card, running

KEY = "service-0001"
PAYOUT = "6217000011112222"


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a bank's desk at which a clerk sits."""
    return ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")


def state_of(desk: ServingDesk, key: str = KEY) -> str | None:
    """Say how a run stands."""
    with desk.bench() as on, on.registry.reading() as tx:
        known = runs.by_key(tx, key)
        return None if known is None else known.state


class TestGoOn:
    def test_the_result_again(self, desk: ServingDesk) -> None:
        """A slip is printed again by its key alone; that is a look, and on record."""
        desk.card_of()
        first = desk("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, typed=typed())
        again = desk("service", "run", "--key", KEY)
        assert again.out.startswith("这项业务先前已经办好，没有再办一次：临时挂失\n")
        assert again.out.splitlines()[1:] == first.out.splitlines()[1:]
        (entry,) = (each.note for each in noted(desk, action="look"))
        assert (entry.service, entry.reason) == ("S-LOSS-TEMP", "again")

    def test_where_a_crash_left_it(
        self, desk: ServingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The next one at the desk goes on by the key alone, and the money is loaded once."""
        made, _ = desk.card_of()
        desk.lay(made)
        arguments = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50", "--key", KEY)
        with monkeypatch.context() as patched:
            patched.setattr(running, "_finish", _crash)
            ran = desk(*arguments)
        assert ran.status == 9
        assert f"guitai service run --key {KEY}" in ran.err
        assert state_of(desk) == "begun"
        desk.as_("zhang")
        ran = desk("service", "run", "--key", KEY)
        assert (ran.status, state_of(desk)) == (0, "done")
        assert "交通余额：50.00 元" in ran.out
        # What is done wants no card, however it is asked for again.
        desk.pcsc.remove(READER)
        assert desk("service", "run", "--key", KEY).status == 0
        assert desk(*arguments).out.startswith("这项业务先前已经办好")

    def test_a_key_that_nobody_knows(self, desk: ServingDesk) -> None:
        """A mistyped key begins nothing."""
        assert code(desk("service", "run", "--key", "nobody-0001", "--json")) == "wrong_usage"
        assert code(desk("service", "run", "--json")) == "wrong_usage"
        desk.card_of()
        desk("service", "run", "S-LOSS-TEMP", "--id", "--key", KEY, typed=typed())
        other = desk("service", "run", "S-STATUS", "--key", KEY, "--json")
        assert code(other) == "request_differs"

    def test_a_run_without_its_card(
        self, desk: ServingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A card that never comes back is spoken for by the journal."""
        made, _ = desk.card_of()
        desk.lay(made)
        with monkeypatch.context() as patched:
            patched.setattr(running, "_finish", _crash)
            desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50", "--key", KEY)
        desk.pcsc.remove(READER)
        assert code(desk("service", "run", "--key", KEY, "--wait", "0", "--json")) == "no_card"
        ran = desk("service", "run", "--key", KEY, "--no-card")
        assert (ran.status, state_of(desk)) == (0, "done")

    def test_given_up(self, desk: ServingDesk) -> None:
        """A transfer whose outcome nobody knows is asked for; then nothing was done."""
        made, _ = desk.card_of()
        desk.lay(made)
        desk.others.set("payment", Fault.DOWN)
        load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50", "--set", "method=transfer")
        ran = desk(*load, "--key", KEY, "--json")
        assert code(ran) == "party_unreachable"
        assert KEY in ran.json["error"]["unfinished"]
        assert code(desk(*load, "--json")) == "run_open"
        assert code(desk("service", "run", "--leave", KEY, "--json")) == "party_unreachable"
        desk.others.set("payment", Fault.UP)
        assert desk("service", "run", "--leave", KEY, "--json").json["owed"] == []
        assert code(desk("service", "run", "--key", KEY, "--json")) == "run_left"
        assert desk(*load).status == 0

    def test_money_that_was_paid_goes_back(
        self, desk: ServingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A transfer that is there, and a card that never was written: given up, and paid back."""
        made, _ = desk.card_of()
        desk.lay(made)
        load = ("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50", "--set", "method=transfer")
        with monkeypatch.context() as patched:
            patched.setattr(at_card.CardAtDesk, "load", _crash)
            assert desk(*load, "--key", KEY).status == 9
        out = desk("service", "run", "--leave", KEY).out
        assert out.startswith(f"已放弃：流水号 {KEY}。没有办理\n  · 退回已收的款：")

    def test_what_stands_is_not_given_up(
        self, desk: ServingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Money that is on the card is not forgotten; nor is anything given up twice."""
        made, _ = desk.card_of()
        desk.lay(made)
        with monkeypatch.context() as patched:
            patched.setattr(running, "_finish", _crash)
            desk("service", "run", "S-TRANSIT-LOAD", "--set", "yuan=50", "--key", KEY)
        assert code(desk("service", "run", "--leave", KEY, "--json")) == "run_not_left"
        assert code(desk("service", "run", "--leave", "nobody-0001", "--json")) == "wrong_usage"
        both = desk("service", "run", "S-STATUS", "--leave", KEY, "--json")
        assert code(both) == "wrong_usage"

    @pytest.mark.parametrize(
        ("where", "wrong", "words"),
        [
            ("before", "interrupted_before", "还没有开始办理"),
            ("amid", "service_interrupted", "已开始，还没有办完"),
            ("after", "service_interrupted", "已办完"),
        ],
    )
    def test_ctrl_c(
        self,
        desk: ServingDesk,
        monkeypatch: pytest.MonkeyPatch,
        where: str,
        wrong: str,
        words: str,
    ) -> None:
        """Whoever stops it is told what became of it, and how it goes on."""
        made, _ = desk.card_of()
        desk.lay(made)
        module, name = {
            "before": (serving, "carry_out"),
            "amid": (running, "_finish"),
            "after": (running.delivery, "at_once"),
        }[where]
        with monkeypatch.context() as patched:
            patched.setattr(module, name, _stop)
            ran = desk(
                "service", "run", "S-TRANSIT-LOAD", "--set", "yuan=5", "--key", KEY, "--json"
            )
        assert (ran.status, code(ran)) == (130, wrong)
        assert words in ran.json["error"]["message"]
        if where != "before":
            assert f"guitai service run --key {KEY}" in ran.json["error"]["remedy"]
            desk.restart_readers(made)  # its process held them
            assert "交通余额：5.00 元" in desk("service", "run", "--key", KEY).out


def _crash(*_: object) -> None:
    raise RuntimeError


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


class TestWhatOthersLeft:
    @pytest.fixture
    def left(self, desk: ServingDesk) -> ServingDesk:
        """Leave a stop that the bank did not hear of, whose next try is due."""
        desk.card_of(2, "李四")
        desk.others.set("bank", Fault.DOWN)
        ran = desk("service", "run", "S-LOSS-TEMP", "--id", typed=typed(2, "李四"))
        assert "银行核心系统尚未确认：停用金融功能" in ran.out
        desk.wait_over()
        desk.others.city.bank.calls.clear()
        return desk

    def stops(self, desk: ServingDesk) -> list[DutyState]:
        """Say how the bank's stops stand."""
        with desk.bench() as on, on.registry.reading() as tx:
            found = [duties.get(tx, each) for each in duties.open_ones(tx)]
        return [each.state for each in found if each.party == "bank"]

    def test_who_answers_hears_of_it(self, left: ServingDesk) -> None:
        """The bank answered this clerk: what it was owed before is tried too."""
        left.others.set("bank", Fault.UP)
        left.card_of()
        assert left("query", "status", "--id", typed=typed()).status == 0
        assert self.stops(left) == []
        assert left.others.calls("bank") == ["financial_state", "stop_financial"]

    def test_who_is_down_holds_nobody_up(self, left: ServingDesk) -> None:
        """A clerk who does not need the bank does not wait for it."""
        assert left("query", "progress", "--as", "employer", "--set", "licence=1").status == 0
        assert left("service", "list", "--id", typed=typed(2, "李四")).status == 0
        assert self.stops(left) == [DutyState.DUE]
        assert left.others.calls("bank") == []

    def test_what_goes_wrong_behind_it_is_not_the_services(
        self, left: ServingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is done and shown; nothing behind it makes it look undone."""
        left.others.set("bank", Fault.UP)
        left.card_of()
        monkeypatch.setattr(serving, "follow_up", _stop)
        ran = left("query", "status", "--id", "--json", typed=typed())
        assert (ran.status, ran.err.count("中断")) == (0, 0)
        assert ran.json["answer"]["service"] == "S-STATUS"
