"""The other parties in software: their line, their scripts, their faults, their files."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.parties.bank import BankCore
from emulator.parties.city import NAMES, City
from emulator.parties.party import Fault, alike
from emulator.parties.payment import Payment

NUMBER, ACCOUNT = "000000197001010000", "6200000000000000018"


def ask(to: Any, **question: Any) -> Any:
    return json.loads(to.answer(json.dumps(question)))


def payout(party: Any, key: str, fen: int = 100) -> Any:
    arguments = {"key": key, "account_number": ACCOUNT, "amount_fen": fen, "name": "测试一"}
    return ask(party, party="bank", call="payout", arguments=arguments)


def test_what_was_done_outlives_the_process(tmp_path: Path) -> None:
    """What was answered is on the disk, keys and all; nothing half-written beside it."""
    city = City(tmp_path)
    assert list(tmp_path.iterdir()) == []
    first = payout(city, "k")
    again = City(tmp_path)
    assert payout(again, "k") == first
    assert payout(again, "k", 101)["refused"]["code"] == "contradiction"
    assert again.bank.payouts == city.bank.payouts != []
    assert list(tmp_path.iterdir()) == [tmp_path / "bank.json"]


def test_a_party_s_file_is_its_own(tmp_path: Path) -> None:
    """Another's file is not overwritten, nor taken for an empty one."""
    payout(City(tmp_path), "k")
    with pytest.raises(ValueError, match="no file of format"):
        Payment(tmp_path / "bank.json")
    (tmp_path / "bank.json").write_text("[]", "utf-8")
    with pytest.raises(ValueError, match="no file of format"):
        BankCore(tmp_path / "bank.json")


def test_states_are_not_shared() -> None:
    """Two cities in one process, as in tests, know nothing of each other."""
    one, other = City(), City()
    payout(one, "k")
    one.data_sharing.add_person(NUMBER, "测试一")
    assert (other.bank.payouts, other.data_sharing.people) == ([], {})


def test_scripts_go_over_the_line() -> None:
    """A demo changes facts and faults of a running process; no fault keeps that out."""
    city = City()
    ask(city, party="bank", script="set_fault", arguments={"fault": "down"})
    with pytest.raises(ConnectionError):
        payout(city, "k")
    ask(city, party="bank", script="add_account", arguments={"account_number": ACCOUNT})
    ask(city, party="bank", script="set_fault", arguments={"fault": "up"})
    assert payout(city, "k")["result"]["amount_fen"] == 100
    assert city.bank.calls == ["payout"]


def test_a_fault_for_one_call() -> None:
    """In the middle of a service that asks several things, one of them fails, once."""
    city = City()
    city.bank.fail_once(Fault.DOWN, "payout")
    state = {"party": "bank", "call": "financial_state", "arguments": {"account_number": ACCOUNT}}
    assert ask(city, **state)["result"]["state"] == "unknown"
    with pytest.raises(ConnectionError):
        payout(city, "k")
    assert "result" in payout(city, "k")
    with pytest.raises(ValueError, match="no such"):
        city.bank.fail_once(Fault.DOWN, "pay")


def test_a_slow_party_has_done_it() -> None:
    """When its wait begins the thing is done: who gives up waiting finds it done."""
    city = City(slow_seconds=0.01)
    city.bank.set_fault("slow")
    waits: list[str] = []
    wait = city.bank.wait
    city.bank.wait = lambda: (waits.append(str(len(city.bank.payouts))), wait())
    assert payout(city, "k")["result"]["key"] == "k"
    assert waits == ["1"]


@pytest.mark.parametrize(
    "question",
    [
        [],
        {},
        {"party": "nobody", "call": "payout"},
        {"party": "bank"},
        {"party": "bank", "call": "steal"},
        {"party": "bank", "call": "add_account", "arguments": {"account_number": "1"}},
        {"party": "bank", "call": "answer", "arguments": {"text": ""}},
        {"party": "bank", "call": "__init__"},
        {"party": "bank", "call": None},
        {"party": "bank", "script": "payout", "arguments": {}},
        {"party": "bank", "call": "activate"},
        {"party": "bank", "call": "activate", "arguments": []},
        {"party": "bank", "call": "activate", "arguments": {"key": "k", "account": "1"}},
        {"party": "bank", "call": "check_and_open", "arguments": {"key": "k", "applicant": {}}},
        {"party": "data_sharing", "call": "verify", "arguments": {"person": NUMBER}},
    ],
)
def test_questions_that_are_none(question: object) -> None:
    """They are refused as what they are, and leave nothing behind."""
    city = City()
    before = [json.dumps(each.state) for each in city]
    with pytest.raises(ValueError, match=r"."):
        city.answer(json.dumps(question))
    assert [json.dumps(each.state) for each in city] == before
    with pytest.raises(ValueError, match=r"."):
        city.answer("no JSON")


def test_names_that_are_alike() -> None:
    """Dots, widths and spaces; nothing else."""
    assert alike("买买提·一", "买买提•一")
    assert alike("ＺＨＡＮＧ　ＳＡＮ", "Zhang San")
    assert not alike("测试一", "测试二")
    assert not alike("测试", "测试一")


def test_the_six() -> None:
    """Each is reached by its own name."""
    city = City()
    assert tuple(each.name for each in city) == NAMES
