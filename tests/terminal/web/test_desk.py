"""The desk in process: everything on it looked at, in the doctor's words, beside the services."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from console_in_process import ConsoleInProcess, console_in_process
from serving_desk import ServingDesk

from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from terminal.config import load_config
from terminal.rules.vocabulary import Service
from terminal.web import examining
from terminal.web.chores import WORKER, Chore
from terminal.web.examining import examine_desk
from terminal.web.messages import By, Verify
from terminal.web.operations import Operation
from terminal.web.pages.desk import is_for_technicians
from terminal.web.views import Checked


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> ServingDesk:
    """Give a desk without a line to anybody."""
    made = ServingDesk(tmp_path, monkeypatch, capsys).stocked()
    without = made.config.read_text().replace('url = "https://park.example/"', "")
    made.config.write_text(without)
    return made


@contextmanager
def with_pad(desk: ServingDesk) -> Iterator[SoftwarePinPad]:
    """Put a PIN pad on a desk."""
    pad, port = SoftwarePinPad(), desk.folder / "pad"
    with OnPty(pad, port):
        more = f'\n[pin_pad]\nport = "{port}"\nclear_entry = true\n'
        desk.config.write_text(desk.config.read_text() + more)
        yield pad


def looked(opened: ConsoleInProcess, operator: str = "li") -> str:
    """Look at the desk, wait until it was looked at, and give the page."""
    browser = opened.signed_in(operator)
    browser.get("/desk")
    opened.console.crew.at(WORKER).order(Verify(By(operator))).result()
    return browser.get("/part/desk").text


def found(desk: ServingDesk) -> dict[str, Checked]:
    """Look without a page, by code."""
    config = load_config(str(desk.config))
    checked = examine_desk(config, desk.pcsc, lambda _: None)
    return {each.code: each for each in checked}


def test_all_parts_have_their_word(desk: ServingDesk) -> None:
    """Readers, pad, books and lines: one look says of each how it is."""
    with with_pad(desk), console_in_process(desk) as opened:
        text = looked(opened)
    for part in ("读卡器", "SAM 卡", "密码键盘", "身份证阅读器", "登记库", "审计", "写卡流水"):
        assert f"<caption>{part}</caption>" in text
    assert "密码键盘应答正常：" in text
    assert "登记库可以使用，时钟可信" in text
    assert "审计链 A01-1 的链尾完好" in text
    assert "<caption>各方线路</caption>" in text
    assert "没有配置：银行核心系统" in text
    assert "检查时间：" in text


def test_the_auditor_sees_it_too(desk: ServingDesk) -> None:
    """Whether the desk is well is nobody's secret, and shows nobody's data."""
    with console_in_process(desk) as opened:
        assert "<caption>登记库</caption>" in looked(opened, "shen")


def test_a_pad_in_use_is_not_asked(desk: ServingDesk) -> None:
    """A question to the pad in the middle of an entry would end the entry."""
    with with_pad(desk), console_in_process(desk) as opened:
        operation = Operation("k", Service.PIN_CHANGE, "li", "reader")
        opened.console.operations._by_key["k"] = operation
        assert "密码键盘这次没有检查" in looked(opened)


def test_a_pad_that_went(desk: ServingDesk) -> None:
    """An unplugged pad is told under the catalogue's code, with the remedy."""
    with with_pad(desk):
        pass
    assert found(desk)["pin_pad_missing"].good is False


def test_what_is_asked_twice_is_done_once(desk: ServingDesk) -> None:
    """A double click must not have a slow desk looked at twice."""
    with console_in_process(desk) as opened:
        browser = opened.signed_in()
        assert browser.send("/desk", {"csrf": "x"}).status_code == 403
        browser.get("/desk")
        opened.console.crew.at(WORKER).order(Verify(By("li"))).result()
        first = opened.console.chores.get(Chore.DESK)
        assert browser.post("/desk").history[0].status_code == 303
        browser.post("/desk")
        opened.console.crew.at(WORKER).order(Verify(By("li"))).result()
        again = opened.console.chores.get(Chore.DESK)
        assert first.at is not None
        assert again.at is not None
        assert again.at > first.at
        assert not again.running


def test_the_worker_of_services_is_left_alone(desk: ServingDesk) -> None:
    """A dead party takes seconds; whoever serves meanwhile must not wait for them."""
    with console_in_process(desk) as opened:
        looked(opened)
        assert WORKER in opened.console.crew._workers
        assert "" not in opened.console.crew._workers


def test_lines_answer_or_not(desk: ServingDesk) -> None:
    """A line is tried by connecting: who listens answers, and nobody's data are asked for."""
    with closing(socket.create_server(("127.0.0.1", 0))) as there:
        gone = socket.create_server(("127.0.0.1", 0))
        dead = gone.getsockname()[1]
        gone.close()
        lines = [
            f'[parties.bank]\nurl = "http://127.0.0.1:{there.getsockname()[1]}/"',
            f'[parties.messages]\nurl = "http://127.0.0.1:{dead}/"\ntelephone = "010-1"',
        ]
        desk.config.write_text("\n".join([desk.config.read_text(), *lines]))
        codes = found(desk)
    assert codes["line_answers"].said.zh == "银行核心系统的线路接通"
    silent = codes["party_unreachable"]
    assert "短信平台" in silent.said.zh
    assert silent.remedy is not None
    assert "010-1" in silent.remedy.zh


def test_a_dead_line_holds_nothing_up(desk: ServingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many parties are dead, they cost one time-out together."""
    lines = [f'[parties.{each}]\nurl = "http://127.0.0.1:9/"' for each in ("bank", "payment")]
    desk.config.write_text("\n".join([desk.config.read_text(), *lines]))
    never = threading.Event()
    monkeypatch.setattr(examining, "reach_party", lambda *_: never.wait())
    monkeypatch.setattr(examining, "LINE_SECONDS", -0.9)
    late = [each for each in examining._lines(load_config(str(desk.config))) if each.good is False]
    never.set()
    assert [each.code for each in late] == ["party_unreachable"] * 2


def test_what_breaks_is_one_finding_more(
    desk: ServingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of health that dies of a symptom helps nobody."""

    def broken(*_: object) -> object:
        raise ValueError("a secret")

    monkeypatch.setattr(examining, "inspect_registry_of", broken)
    codes = found(desk)
    assert "check_broken" in codes
    assert "journal_clear" in codes
    assert "a secret" not in codes["check_broken"].said.zh


def test_open_entries_and_seals(desk: ServingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits in the journal, and an audit without its end, are told where people look."""

    class Journal:
        def __enter__(self) -> Journal:
            return self

        def __exit__(self, *_: object) -> None:
            """Close nothing."""

        def unfinished(self) -> tuple[int, ...]:
            return (1, 2)

    monkeypatch.setattr(examining, "open_journal", lambda _: Journal())
    monkeypatch.setattr(examining.audit, "head", lambda *_: None)
    codes = found(desk)
    assert codes["journal_open"].minor
    assert codes["audit_broken"].good is False
    assert codes["registry_works"].good
    assert "audit_whole" not in codes


def test_commands_are_for_technicians(desk: ServingDesk) -> None:
    """A clerk is not asked to type commands; what has one is folded and marked as theirs."""
    assert is_for_technicians("请执行 systemctl restart pcscd")
    assert is_for_technicians("请改正配置 [readers.roles]")
    assert not is_for_technicians("请重插读卡器")
    desk.pcsc.readers.clear()
    with console_in_process(desk) as opened:
        text = looked(opened)
    commands = re.findall(r"<p>(?:(?!</p>).)*guitai [a-z]", text)
    inside = re.findall(r"<details>.*?</details>", text, re.DOTALL)
    assert all(any(each in one for one in inside) for each in commands)
