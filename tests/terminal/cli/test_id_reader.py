"""`guitai id-reader`: the command line before a software reader on a pseudo-terminal."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, valid

from emulator.id_cards import KINDS, card
from emulator.id_reader import SoftwareIdReader
from emulator.id_reader_faults import NAMED
from emulator.on_pty import OnPty
from terminal.cli.app import run

NUMBERS = {
    "citizen": "110103189001010019",
    "permit": "810000189001010028",
    "foreigner-first": "FRA119990010101",
    "foreigner": "911250189001010027",
}


class Counter:
    """Run commands in this process before one reader."""

    def __init__(self, reader: SoftwareIdReader, config: Path, capture: Any) -> None:
        self.reader = reader
        self._config = config
        self._capture = capture

    def run(self, *arguments: str, language: Any = None) -> tuple[int, str, str]:
        status = run(["--config", str(self._config), "id-reader", *arguments], language)
        printed = self._capture.readouterr()
        return status, printed.out, printed.err

    def json(self, *arguments: str) -> Any:
        return valid(self.run(*arguments, "--json")[1])


@pytest.fixture
def counter(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Counter]:
    reader = SoftwareIdReader()
    link, config = tmp_path / "reader", tmp_path / "guitai.toml"
    config.write_text(f'[id_reader]\nport = "{link}"\ntimeout_seconds = 0.4\n', "utf-8")
    with OnPty(reader, link):
        yield Counter(reader, config, capsys)


def test_the_reader_works(counter: Counter) -> None:
    """Number and health, for people and for programs."""
    document = counter.json("test")
    assert document["number"] == b"GUITAI TEST SAM\0".hex().upper()
    assert (document["working"], document["authorised"]) == (True, True)
    status, out, _ = counter.run("test")
    assert status == 0
    assert "可以读证件" in out


@pytest.mark.parametrize(
    ("fault", "told", "said"),
    [("unauthorised", (True, False), "未经授权"), ("self-test-failed", (False, False), "自检失败")],
)
def test_a_reader_that_may_not_read(
    counter: Counter, fault: str, told: tuple[bool, bool], said: str
) -> None:
    """Status 11, and in words what is wrong."""
    NAMED[fault](counter.reader.faults)
    document = counter.json("test")
    assert (document["working"], document["authorised"]) == told
    status, out, _ = counter.run("test")
    assert status == 11
    assert said in out


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_masked(counter: Counter, kind: str) -> None:
    """All four layouts by the schema; what is personal is masked unless it is revealed."""
    counter.reader.lay(card(kind))
    masked = counter.json("read")["document"]
    assert masked["name"] == "测**"
    assert masked["birth_date"] == "****-**-**"
    assert masked["number"] == "*" * (len(NUMBERS[kind]) - 4) + NUMBERS[kind][-4:]
    counter.reader.lay(card(kind))
    revealed = counter.json("read", "--reveal")["document"]
    assert revealed["number"] == NUMBERS[kind]
    assert revealed["name"].startswith("测试")
    assert revealed["birth_date"] == "1890-01-01"
    assert revealed["kind"] in {"citizen_id", "residence_permit", "permanent_residence"}


def test_a_document_for_people(counter: Counter) -> None:
    """Each item by its name, in either language; nothing unmasked in it."""
    counter.reader.lay(card(valid_until=None))
    status, out, _ = counter.run("read")
    assert status == 0
    assert out.startswith("居民身份证\n")
    for line in ("姓名：测**", "性别：男 (1)", "民族：汉 (01)", "有效期至：长期"):
        assert line in out
    assert "测试甲" not in out
    assert NUMBERS["citizen"] not in out
    counter.reader.lay(card("foreigner"))
    _, out, _ = counter.run("read", "--lang", "en", "--reveal", language="en")
    assert "English name: TEST, PERSON TWO" in out
    assert "Nationality: France (FRA)" in out


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": "测" * 15}, "name_cut"),
        ({"number": "110103189001010010"}, "check_character"),
        ({"valid_until": date(2021, 1, 1)}, "expired"),
    ],
)
def test_what_is_unusual(counter: Counter, fields: dict[str, Any], code: str) -> None:
    """A name that may be cut, a number with a slip, an expired document: read, and told."""
    counter.reader.lay(card(**fields))
    document = counter.json("read")
    assert [each["code"] for each in document["warnings"]] == [code]
    counter.reader.lay(card(**fields))
    _, out, _ = counter.run("read")
    assert f"! {document['warnings'][0]['message']}" in out


def test_nobody_lays_one(counter: Counter) -> None:
    """It is asked for, and after the configured time said that none came."""
    status, out, err = counter.run("read", "--json")
    assert (status, json.loads(out)["error"]["code"]) == (11, "id_document_absent")
    assert "请把证件放在阅读器上" in err
    status, out, err = counter.run("read", "--wait", "0")
    assert (status, out) == (11, "")
    assert "重新放" in err


def test_no_reader(tmp_path: Path) -> None:
    """Not configured, and not there: two errors, each with its way out."""
    desk = Desk(None)
    assert desk.run("id-reader", "test", "--json").json["error"]["code"] == (
        "id_reader_not_configured"
    )
    config = tmp_path / "guitai.toml"
    config.write_text(f'[id_reader]\nport = "{tmp_path / "none"}"\n', "utf-8")
    ran = desk.run("--config", str(config), "id-reader", "read", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (11, "id_reader_missing")


@pytest.mark.parametrize("seconds", ["nan", "-1", "601", "x"])
def test_odd_numbers(counter: Counter, seconds: str) -> None:
    """A wait is a number of seconds, and not for ever."""
    assert counter.run("read", "--wait", seconds)[0] == 2


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("speed = 4800", "115200, 57600, 38400, 19200, 9600"),
        ('speed = "9600"', "id_reader.speed"),
        ("timeout_seconds = 0", "id_reader.timeout_seconds"),
        ("timeout_seconds = 601", "id_reader.timeout_seconds"),
        ("port = 1", "id_reader.port"),
        ("prot = '/dev/x'", "id_reader.port"),
    ],
)
def test_wrong_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, word: str
) -> None:
    """What is wrong in the configuration is said with the name to look for."""
    config = tmp_path / "guitai.toml"
    config.write_text(f"[id_reader]\n{table}\n", "utf-8")
    assert run(["--config", str(config), "id-reader", "test"]) == 8
    assert word in capsys.readouterr().err


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The two are listed with what they do."""
    assert run(["id-reader", "--help"]) == 0
    out = capsys.readouterr().out
    assert "test" in out
    assert "读一张证件" in out
