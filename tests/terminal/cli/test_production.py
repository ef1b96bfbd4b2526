"""``guitai production``: from an application to a card, and what may become of it."""

from pathlib import Path
from typing import Any

import pytest
from serving_desk import ISSUER, ServingDesk, chip_of, code, made_of, typed

from emulator.parties.party import Fault

APPLY = ("service", "run", "S-APPLY", "--id", "--papers", "photo", "--set", "bank=BOB")
SAID = ("--set", "occupation=20800", "--set", "valid_until=2036-01-01")


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk at which somebody has applied."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked().as_("li")
    line = (*typed(7, "李小明"), "13800000001", "北京市朝阳区某街 1 号")
    ran = made(*APPLY, *SAID, "--set", "mobile", "--set", "address", typed=line)
    assert ran.status == 0, ran.err
    return made


def produce(desk: ServingDesk, *arguments: str) -> Any:
    """Do something with the application."""
    return desk("production", *arguments, "--json").json


def test_from_application_to_card(desk: ServingDesk) -> None:
    """Listed by its day, verified by all parties, started, made; collected by nobody yet."""
    (waiting,) = produce(desk, "list")["applications"]
    assert (waiting["progress"], waiting["whose"]) == ("applied", "李**")
    number = str(waiting["application"])
    assert "最迟 " in desk("production", "list").out
    (step,) = produce(desk, "verify", number)["steps"]
    assert (step["progress"], step["bank_says"]) == ("verified", "已开户，I 类户")
    desk.as_(ISSUER)
    card = produce(desk, "start", number)["card"]
    facts = made_of(chip_of(7), 7)
    made = ("made", number, "--number", facts.number.lower(), "--chip", facts.chip)
    assert produce(desk, *made)["card"] == card
    assert produce(desk, *made)["card"] == card
    assert desk("production", "list").out == "没有要制的卡\n"
    desk.as_("li")
    assert "待持卡人领取" in desk("custody", "list").out
    (line,) = desk("report", "deadlines").out.splitlines()
    assert "领取，逾期召回，李**，卡 " in line
    assert line.endswith("（实施细则第 21 条）")


def test_all_that_wait(desk: ServingDesk) -> None:
    """Without a number everything is verified and started; what waits for a party says so."""
    desk.others.set("bank", Fault.DOWN)
    ran = desk("production", "verify")
    assert "! 银行核心系统没有给出答复" in ran.out
    desk.others.set("bank", Fault.UP)
    (step,) = produce(desk, "verify")["steps"]
    assert step["progress"] == "making"
    assert desk("production", "verify").out == "没有可以核验的申请\n"


def test_refused(desk: ServingDesk) -> None:
    """Who may not have a card is refused, with the reason."""
    desk.others.city.bank.refuse_person(typed(7)[0], "证件已失效", "the document has ended")
    ran = desk("production", "verify")
    assert "证件已失效" in ran.out


def test_spoilt_and_withdrawn(desk: ServingDesk) -> None:
    """A spoilt card is made anew; who wants none any more gets none."""
    number = str(produce(desk, "list")["applications"][0]["application"])
    produce(desk, "verify")
    desk.as_(ISSUER)
    card = str(produce(desk, "list")["applications"][0]["card"])
    assert desk("production", "start", number).out == f"申请 {number} 的制卡编号：{card}\n"
    assert produce(desk, "spoilt", number, card, "芯片写坏")["progress"] == "verified"
    assert code(desk("production", "withdraw", number, "--json")) == "role_missing"
    desk.as_("li")
    assert desk("production", "withdraw", number).out == f"申请 {number}：已撤回\n"
    assert produce(desk, "withdraw", number)["progress"] == "withdrawn"
    assert code(desk("production", "start", number, "--json")) == "role_missing"


def test_a_mistyped_card_number(desk: ServingDesk) -> None:
    """Its check character is there to catch a slip before the wrong card is on record."""
    desk.as_(ISSUER)
    chip = made_of(chip_of(7), 7).chip
    ran = desk("production", "made", "1", "--number", "A12345678", "--chip", chip, "--json")
    assert code(ran) == "request_wrong"
    assert "校验码" in ran.json["error"]["cause"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("made", "1", "--number", "123", "--chip", "00"),
        ("verify", "999"),
        ("start", "999"),
        ("spoilt", "999", "1", "x"),
        ("withdraw", "999"),
    ],
)
def test_what_is_none(desk: ServingDesk, arguments: tuple[str, ...]) -> None:
    """Numbers that are nobody's change nothing."""
    desk.as_("zhang")
    ran = desk("production", *arguments, "--json")
    assert code(ran) in {"request_wrong", "application_unknown"}
