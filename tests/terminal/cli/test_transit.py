"""`guitai transit` on the real daemon: what a clerk types, reads and is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, Ran, valid
from purse_counter import READER, PurseCounter, purse_card
from purse_tearing import TornCard

from emulator.card import Removed, SoftwareCard
from emulator.image import dump
from terminal.cli.app import Session, run
from terminal.cli.transit_view import show_result, show_settled, show_view, view_document
from terminal.errors import PurseUnsettled
from terminal.journal.model import Entry, Method, State
from terminal.services.purse_recovery import Settled
from terminal.services.transit import TransitDesk
from terminal.texts import Language, Text

STATION = ("--at", "0800:1900")


@pytest.fixture(scope="module", autouse=True)
def journal(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A journal of this module's own; at the end of the day nothing in it is open."""
    desk.environment["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    yield
    entries = desk.run("journal", "list", "--json").json["entries"]
    assert entries
    assert {each["state"] for each in entries} <= {"done", "undone"}


def transit(desk: Desk, *arguments: str) -> Ran:
    return desk.run("transit", *arguments, "--operator", "李明")


def document(desk: Desk, *arguments: str) -> Any:
    """What it prints with --json, valid by its schema."""
    ran = transit(desk, *arguments, "--json")
    assert ran.status == 0, ran.out + ran.err
    return ran.json


def refused(desk: Desk, *arguments: str) -> tuple[int, str]:
    """The exit status and the stable code of a refusal; it is said in Chinese."""
    ran = transit(desk, *arguments, "--json")
    error = ran.json["error"]
    for sentence in (error["message"], error["cause"], error["remedy"]):
        assert any("\u4e00" <= each <= "\u9fff" for each in sentence), sentence
    return ran.status, error["code"]


# --- Looking -------------------------------------------------------------------------------


def test_a_new_card(desk: Desk) -> None:
    """What stands on the screen before anything was done, and nothing of the number in clear."""
    with desk.emulating("--seed", "61", "--balance", "12.3"):
        ran = transit(desk, "show")
        assert ran.out == (
            "交通卡 ***************8889（北京市）普通卡\n"
            "余额：12.30 元\n"
            "有效期：2022-01-03 至 2040-12-31\n"
            "交易记录（最近的在前）：\n"
            "  （无）\n"
        )
        assert ran.err == "正在读卡……\n"
        english = transit(desk, "show", "--lang", "en").out.splitlines()
        assert english[:2] == [
            "Transit card ***************8889 (Beijing) normal",
            "Balance: 12.30 yuan",
        ]
        found = document(desk, "show")
        assert (found["balance"], found["city"]["code"], found["kind"]) == (1230, "1000", 1)
        assert (found["transactions"], found["trips"], found["unfinished"]) == ([], [], [])
        revealed = document(desk, "show", "--reveal")["card"]
        assert (len(revealed), revealed.isdecimal(), revealed[-4:]) == (19, True, "8889")


def test_no_card(desk: Desk) -> None:
    """An empty reader is no transit matter."""
    assert refused(desk, "show", "--wait", "0") == (5, "no_card")
    assert refused(desk, "load", "50", "--wait", "0") == (5, "no_card")


def test_cards_without_a_purse(desk: Desk) -> None:
    """A social security card of the first generation is in order; it cannot do this."""
    with desk.emulating("--profile", "gen1"):
        assert refused(desk, "show") == (13, "no_purse")
        assert "第一、二代社保卡没有这项功能" in transit(desk, "load", "50").err


def test_the_older_card(desk: Desk) -> None:
    """Beijing's card from before T-Union: shown, and nothing is moved on it."""
    with desk.emulating("--profile", "beijing-old", "--balance", "10"):
        shown = transit(desk, "show").out
        assert "（北京市）旧卡，只读\n余额：10.00 元" in shown
        found = document(desk, "show")
        assert (found["older"], found["balance"], found["debt"]) == (True, 1000, 0)
        for command in (("load", "50"), ("refund",), ("pay", "1"), ("close", "--for", "renewal")):
            assert refused(desk, *command) == (13, "purse_read_only")
        assert document(desk, "show")["transactions"] == []


def test_a_plain_transit_card(desk: Desk) -> None:
    """No social security on it: the purse is the same."""
    with desk.emulating("--profile", "transit", "--balance", "10"):
        assert document(desk, "load", "5")["balance_after"] == 1500


# --- Loading -------------------------------------------------------------------------------


def test_a_load_and_the_same_again(desk: Desk) -> None:
    """Clicked twice, loaded once; whoever repeats it is told before the old result."""
    with desk.emulating("--seed", "62", "--balance", "10"):
        first = transit(desk, "load", "50", "--key", "load-0062")
        assert first.out == "已充值 50.00 元\n余额：10.00 元 → 60.00 元\n流水 load-0062\n"
        assert first.err == "正在写卡，请勿取走卡……\n"
        again = transit(desk, "load", "50", "--key", "load-0062")
        assert again.out.splitlines()[0].startswith("这笔业务以前已经办完，没有再做一次")
        assert again.out.splitlines()[1:] == first.out.splitlines()
        english = transit(desk, "load", "50", "--key", "load-0062", "--lang", "en").out
        assert english.startswith("This was done before")
        repeated = document(desk, "load", "50", "--key", "load-0062")
        assert (repeated["repeated"], repeated["balance_after"]) == (True, 6000)
        assert refused(desk, "load", "60", "--key", "load-0062") == (12, "intention_differs")
        assert refused(desk, "load", "50", "--key", "load-0062", "--method", "transfer") == (
            12,
            "intention_differs",
        )
        found = document(desk, "show")
        assert found["balance"] == 6000
        assert [each["amount"] for each in found["transactions"]] == [5000]


def test_what_the_journal_has(desk: Desk) -> None:
    """The document says what the card, the till and the journal agree on."""
    with desk.emulating("--seed", "63"):
        loaded = document(desk, "load", "20.5", "--method", "transfer", "--key", "load-0063")
    assert {name: loaded[name] for name in ("action", "state", "amount", "till", "method")} == {
        "action": "load",
        "state": "done",
        "amount": 2050,
        "till": 2050,
        "method": "transfer",
    }
    assert (loaded["tac_checked"], loaded["repeated"]) == (True, False)
    entry = desk.run("journal", "show", "load-0063", "--json").json["entry"]
    assert (entry["state"], entry["amount"], entry["operator"]) == ("done", 2050, "李明")


def test_to_the_ceiling(desk: Desk) -> None:
    """The clerk reads how much can be loaded, and that is what can be loaded."""
    with desk.emulating("--seed", "64", "--balance", "10"):
        ran = transit(desk, "load", "990.01")
        assert (ran.status, ran.out) == (13, "")
        assert "本次最多可充 990.00 元" in ran.err
        assert document(desk, "load", "990")["balance_after"] == 100_000


@pytest.mark.parametrize(
    "amount", ["1.234", "-5", "０", "abc", "1e3", "", "5,00", "50元", "12345678"]
)
def test_amounts_that_are_none(desk: Desk, amount: str) -> None:
    """Told as a wrong amount, -5 too, before a card is wanted; there is none here."""
    ran = transit(desk, "load", amount)
    assert (ran.status, ran.out) == (13, "")
    assert f"错误：金额“{amount}”不对" in ran.err


def test_amounts_of_other_commands(desk: Desk) -> None:
    """The same at every place where an amount is typed."""
    assert refused(desk, "pay", "-5") == (13, "amount_wrong")
    assert refused(desk, "correct", "load-0062", "-5") == (13, "amount_wrong")
    assert refused(desk, "load", "5", "-5") == (2, "wrong_usage")


def test_nothing_is_no_amount(desk: Desk) -> None:
    """A load of 0.00 would count on the card and say nothing."""
    with desk.emulating("--seed", "65"):
        assert refused(desk, "load", "0") == (13, "amount_wrong")
        assert refused(desk, "pay", "0.00") == (13, "amount_wrong")


# --- Refunding and paying ------------------------------------------------------------------


def test_a_refund(desk: Desk) -> None:
    """All of it, once; afterwards there is nothing, and the card can be loaded again."""
    with desk.emulating("--seed", "66", "--balance", "10.05"):
        ran = transit(desk, "refund", "--key", "refund-66")
        lines = ran.out.splitlines()
        assert lines[:2] == ["已退资 10.05 元", "余额：10.05 元 → 0.00 元"]
        assert lines[-1] == "已核对：卡内余额为零"
        again = document(desk, "refund", "--key", "refund-66")
        assert (again["repeated"], again["till"]) == (True, -1005)
        assert refused(desk, "refund") == (13, "nothing_to_refund")
        assert document(desk, "load", "3")["balance_after"] == 300


def test_a_card_that_unloads(desk: Desk) -> None:
    """Where the purse has an unload it is one; the log says so, the clerk's result is the same."""
    with desk.emulating("--seed", "67", "--balance", "10", "--transit", "unload_purse=yes"):
        assert document(desk, "refund")["balance_after"] == 0
        assert "圈提  -10.00" in transit(desk, "show").out
    with desk.emulating("--seed", "68", "--balance", "10"):
        assert document(desk, "refund")["balance_after"] == 0
        assert "消费  -10.00" in transit(desk, "show").out


def test_a_payment(desk: Desk) -> None:
    """A plain purchase; what is not there is not taken."""
    with desk.emulating("--seed", "69", "--balance", "10"):
        assert transit(desk, "pay", "2.5").out.startswith(
            "已扣款 2.50 元\n余额：10.00 元 → 7.50 元"
        )
        ran = transit(desk, "pay", "7.51")
        assert (ran.status, "需要 7.51 元，卡内只有 7.50 元" in ran.err) == (13, True)


def test_a_trip(desk: Desk) -> None:
    """Entered and not left: shown, no refund; left, and the rest is the holder's."""
    with desk.emulating("--seed", "70", "--balance", "10"):
        assert document(desk, "pay", "0", "--entry", *STATION)["amount"] == 0
        shown = transit(desk, "show").out
        assert "！有一次行程没有结束：北京市 8号线 奥林匹克公园 0800:1900\n" in shown
        assert "  乘车  0.00  终端 " in shown
        assert "进站  北京市 8号线 奥林匹克公园 0800:1900  票款 0.00，余额 10.00\n" in shown
        for command in (("refund",), ("close", "--for", "renewal")):
            ran = transit(desk, *command)
            assert (ran.status, ran.out) == (13, "")
            assert "（北京市 8号线 奥林匹克公园 0800:1900）" in ran.err
        assert document(desk, "pay", "4", "--exit", *STATION)["balance_after"] == 600
        assert document(desk, "pay", "2", "--single")["balance_after"] == 400
        found = document(desk, "show")
        assert [(each["kind"], each["amount"], each["balance"]) for each in found["trips"]] == [
            (6, 200, 400),
            (4, 400, 600),
            (3, 0, 1000),
        ]
        assert found["unfinished_trip"] is False
        assert found["trips"][0]["place"] == "北京市"
        english = transit(desk, "show", "--lang", "en").out
        assert "exit  Beijing Line 8 奥林匹克公园 0800:1900  fare 4.00, balance 6.00" in english
        assert document(desk, "refund")["till"] == -400


@pytest.mark.parametrize(
    "wrong",
    [
        ("--entry", "--at", "08:19"),
        ("--entry", "--at", "0800"),
        ("--entry", "--at", "0800:19XX"),
        ("--entry", "--at", "０８００:1900"),
        STATION,
        ("--settle-wait", "nan"),
        ("--settle-wait", "601"),
        ("--key", "short"),
    ],
)
def test_options_that_are_wrong(desk: Desk, wrong: tuple[str, ...]) -> None:
    """Told before a card is wanted; a place without a trip is no trip's place."""
    assert refused(desk, "pay", "1", *wrong) == (2, "wrong_usage")


# --- Correcting and closing ----------------------------------------------------------------


def test_a_correction(desk: Desk) -> None:
    """Two people and the load's key; once, by the difference, and only on this card."""
    with desk.emulating("--seed", "71", "--balance", "10"):
        document(desk, "load", "50", "--key", "load-0071")
        assert refused(desk, "correct", "load-0071", "5") == (13, "second_person_needed")
        assert refused(desk, "correct", "load-0071", "5", "--second", "李明") == (
            13,
            "second_person_needed",
        )
        assert refused(desk, "correct", "never-was", "5", "--second", "王芳") == (
            12,
            "entry_unknown",
        )
        assert refused(desk, "correct", "load-0071", "50", "--second", "王芳") == (
            13,
            "correction_wrong",
        )
        ran = transit(desk, "correct", "load-0071", "5", "--second", "王芳")
        assert ran.out.startswith("已更正，卡内余额减少 45.00 元\n余额：60.00 元 → 15.00 元")
        assert refused(desk, "correct", "load-0071", "6", "--second", "王芳") == (
            13,
            "correction_wrong",
        )
        document(desk, "load", "1", "--key", "load-0171")
        more = transit(desk, "correct", "load-0171", "3", "--second", "王芳").out
        assert more.startswith("已更正，卡内余额增加 2.00 元")
        document(desk, "load", "1", "--key", "load-0271")
        english = transit(desk, "correct", "load-0271", "0", "--second", "王芳", "--lang", "en").out
        assert english.startswith("Corrected by -1.00 yuan")
    with desk.emulating("--seed", "72", "--balance", "10"):
        assert refused(desk, "correct", "load-0171", "2", "--second", "王芳") == (13, "other_card")


def test_a_closing(desk: Desk) -> None:
    """Empty first, then for ever; afterwards everything says so and nothing is unfinished."""
    with desk.emulating("--seed", "73", "--balance", "10"):
        assert refused(desk, "close", "--for", "renewal") == (13, "purse_not_empty")
        assert refused(desk, "close", "--for", "loss") == (2, "wrong_usage")
        document(desk, "refund")
        ran = transit(desk, "close", "--for", "renewal", "--key", "close-073")
        assert ran.out == "公共交通功能已关闭\n流水 close-073\n"
        for command in (("show",), ("load", "5"), ("refund",), ("close", "--for", "renewal")):
            assert refused(desk, *command) == (13, "purse_blocked")
        assert transit(desk, "recover").out == "这张卡没有未办完的业务\n"


def test_nothing_to_recover(desk: Desk) -> None:
    """The usual case, on paper and in JSON; a blocked card in it would be no error."""
    with desk.emulating("--seed", "74", "--balance", "10"):
        assert transit(desk, "recover").out == "这张卡没有未办完的业务\n"
        assert document(desk, "recover")["settled"] == []


# --- Cards that differ ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "switches",
    [
        ("balance_parts=no", "blank_records=yes", "log_counter=before"),
        ("read_all_records=yes", "proof_order=tac-first", "full_fci=yes"),
        ("top_bit=yes", "shared_counter=yes", "algorithm=01"),
    ],
)
def test_by_every_kind_of_card(desk: Desk, switches: tuple[str, ...]) -> None:
    """What sources differ in changes nothing of what a clerk sees."""
    options = [word for each in switches for word in ("--transit", each)]
    with desk.emulating("--seed", "75", "--balance", "10", *options):
        assert document(desk, "load", "5")["balance_after"] == 1500
        assert document(desk, "pay", "1")["tac_checked"] is True
        found = document(desk, "show")
        assert (found["balance"], [each["type"] for each in found["transactions"]]) == (
            1400,
            [6, 2],
        )
        assert document(desk, "refund")["balance_after"] == 0


def test_what_a_card_does_not_show(desk: Desk) -> None:
    """A log behind a PIN is said as such, and is null in JSON, which is not empty."""
    with desk.emulating("--seed", "76", "--transit", "log_needs_pin=yes"):
        assert "交易记录：卡不显示\n" in transit(desk, "show").out
        assert document(desk, "show")["transactions"] is None


@pytest.mark.parametrize(
    ("switch", "code"),
    [("load_needs_pin=yes", "purse_pin_wanted"), ("grey_lock=yes", "purse_refused")],
)
def test_cards_that_refuse(desk: Desk, switch: str, code: str) -> None:
    """Nothing was moved, it is said, and nothing is left open."""
    with desk.emulating("--seed", "77", "--balance", "10", "--transit", switch):
        ran = transit(desk, "load", "5")
        assert (ran.status, f"[{code}]" in ran.err, "钱没有动" in ran.err) == (13, True, True)
        found = document(desk, "show")
        assert (found["balance"], found["unfinished"]) == (1000, [])


# --- What seldom stands on the screen --------------------------------------------------------


def shown_by_image(desk: Desk, file: Path, card: SoftwareCard, *arguments: str) -> Ran:
    file.write_text(json.dumps(dump(card)), "utf-8")
    with desk.emulating("--image", str(file)):
        document(desk, "show")
        return transit(desk, "show", *arguments)


def test_a_card_with_an_overdraft(desk: Desk, tmp_path: Path) -> None:
    """What the holder owes is below zero, and what may be spent besides is apart from it."""
    ran = shown_by_image(desk, tmp_path / "card", purse_card(-300, limit=800))
    assert "余额：-3.00 元\n另可透支：8.00 元\n" in ran.out


@pytest.mark.parametrize(
    ("enabled", "line"),
    [(0, "！公共交通功能还没有启用"), (0xFF, "！公共交通功能已停用"), (0x01, "有效期")],
)
def test_a_card_that_was_not_started(desk: Desk, tmp_path: Path, enabled: int, line: str) -> None:
    """The clerk sees why nothing can be loaded before trying it."""
    out = shown_by_image(desk, tmp_path / "card", purse_card(100, enabled=enabled)).out
    assert line in out
    assert ("！" in out) is (enabled != 1)


def test_a_card_of_another_city(desk: Desk, tmp_path: Path) -> None:
    """Named where a table knows it; its money is shown all the same."""
    card = purse_card(100, issuer="02002900FFFFFFFF")
    assert "（上海市）" in shown_by_image(desk, tmp_path / "card", card).out
    card = purse_card(100, issuer="0200EEEEFFFFFFFF")
    assert "（代码为 EEEE 的城市）" in shown_by_image(desk, tmp_path / "other", card).out


class Pulled(TornCard):
    """A card that is taken away once it was changed."""

    def transmit(self, command: bytes) -> bytes:
        answer = self.card.transmit(command)
        if command[1] in {0x52, 0x54, 0x1E} and not self.seen:
            self.seen = 1
            raise Removed
        return answer


def torn(folder: Path, balance: int, act: Callable[[TransitDesk], object]) -> PurseCounter:
    """A counter with a card that was pulled and is back, and an open entry."""
    counter = PurseCounter(Pulled(purse_card(balance)), folder)
    with pytest.raises(PurseUnsettled), counter.desk() as at:
        act(at)
    counter.pcsc.insert(READER, counter.card)
    return counter


def seen(capsys: pytest.CaptureFixture[str], language: Language = "zh") -> tuple[Session, Any]:
    return Session(language), lambda: capsys.readouterr().out


def test_what_is_unfinished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever looks at the card is told what to run; afterwards how it ended, and by what."""
    counter = torn(tmp_path, 5_000, lambda at: at.load(1_000, Method.CASH, "torn-load"))
    for language, open_, settled_ in (
        (
            "zh",
            "！充值 10.00 元没有办完（流水 torn-load）",
            "充值 10.00 元（流水 torn-load）：已完成。依据：",
        ),
        (
            "en",
            "! load of 10.00 yuan is unfinished",
            "load of 10.00 yuan (entry torn-load): done. Ev",
        ),
    ):
        session, out = seen(capsys, language)
        with counter.desk() as at:
            view = at.show()
            show_view(view, session, reveal=False)
            assert "guitai transit recover" in (text := out())
            assert open_ in text
            (open_entry,) = valid(json.dumps(view_document(view, session, reveal=False)))[
                "unfinished"
            ]
            assert (open_entry["action"], open_entry["amount"]) == ("load", 1_000)
            shown = (Settled(done(view.unfinished[0]), Text("卡的计数器", "its counter")),)
            show_settled(session, shown, *at.place)
            assert settled_ in out()
            session.as_json = True
            show_settled(session, shown, *at.place)
            assert valid(out())["settled"][0]["decided"] is True
    with counter.desk() as at:
        assert [each.decided for each in at.recover()] == [True]


def done(entry: Entry) -> Entry:
    """The entry as it is once it is settled."""
    last = entry.steps[-1]
    return replace(
        entry, steps=(*entry.steps, replace(last, number=last.number + 1, state=State.DONE))
    )


def test_what_nobody_can_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Still open after the card was asked: the clerk learns who has to decide."""
    counter = torn(tmp_path, 5_000, lambda at: at.load(1_000, Method.CASH, "torn-load"))
    session, out = seen(capsys)
    with counter.desk() as at:
        (entry,) = at.show().unfinished
        show_settled(session, (Settled(entry, Text("没有日志", "no log")),), *at.place)
    assert out() == (
        "充值 10.00 元（流水 torn-load）：仍查不清，请主管凭 guitai journal show torn-load "
        "与清算方核对，再用 guitai journal decide torn-load 认定。依据：没有日志\n"
    )


@pytest.mark.parametrize(("decided", "status"), [(True, 0), (False, 13)])
def test_a_program_sees_what_nobody_can_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decided: bool, status: int
) -> None:
    """Whoever runs it from a script reads the exit status alone."""
    counter = torn(tmp_path, 5_000, lambda at: at.load(1_000, Method.CASH, "torn-load"))
    with counter.desk() as at:
        (entry,) = at.show().unfinished
        settled = Settled(done(entry) if decided else entry, Text("没有日志", "no log"))
        monkeypatch.setattr(at, "recover", lambda: (settled,))
        command = import_module("terminal.cli.transit")  # its name in the room is the command's
        monkeypatch.setattr(command, "open_journal", lambda _: nullcontext(counter.journal))
        monkeypatch.setattr(command, "_desk", lambda *_: nullcontext(at))
        assert run(["transit", "recover"]) == status


def test_a_closing_has_no_amount(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing of 0.00 yuan was closed."""
    counter = torn(tmp_path, 0, lambda at: at.close("renewal", "torn-close"))
    session, out = seen(capsys)
    with counter.desk() as at:
        show_settled(session, at.recover(), *at.place)
    assert out().startswith("关闭交通功能（流水 torn-close）：已完成。依据：")


def test_a_proof_that_nobody_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The money has moved, and the day's sheet will ask for the proof."""
    with PurseCounter(purse_card(0), tmp_path).desk() as at:
        result = at.load(1_000, Method.CASH, "unchecked")
    last = result.entry.steps[-1]
    unchecked = replace(
        result.entry,
        steps=(*result.entry.steps[:-1], replace(last, facts={**last.facts, "tac_checked": None})),
    )
    session, out = seen(capsys)
    show_result(session, replace(result, entry=unchecked))
    assert "！交易验证码（TAC）暂时无法核对" in out()
    session.as_json = True
    show_result(session, replace(result, entry=unchecked))
    assert valid(out())["tac_checked"] is False
