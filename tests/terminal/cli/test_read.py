"""`guitai read` as a clerk's program calls it: a real daemon, a card in it, JSON by its schema."""

import re
from pathlib import Path

import pytest
from desk import Desk

from card_profiles.profiles import PROFILES
from emulator.facts import made_up_facts

GEN = {"gen1": (1, "3des"), "gen2": (2, "3des"), "gen3": (3, "sm4"), "beijing": (3, "sm4")}


@pytest.mark.parametrize(
    ("profile", "interface"),
    [
        ("gen1", "contact"),
        ("gen2", "contact"),
        ("gen3", "contact"),
        ("beijing", "contact"),
        ("beijing", "contactless"),
    ],
)
def test_revealed(desk: Desk, profile: str, interface: str) -> None:
    """What the card was made with is what the counter reads, on every profile and side."""
    facts = made_up_facts(PROFILES[profile], 11)
    assert facts.holder is not None
    with desk.emulating("--profile", profile, "--seed", "11", "--interface", interface):
        read = desk.run("read", "--json", "--reveal").json
    assert (read["generation"], read["algorithm"]) == GEN[profile]
    assert read["interface"] == interface
    assert read["reader"] == "Virtual PCD 00 00"
    assert read["atr"].startswith("3B6D0000" if interface == "contact" else "3B8D8001")
    assert read["holder"] == {
        "social_security_number": facts.holder.social_security_number,
        "name": facts.holder.name,
        "sex": {"code": facts.holder.sex, "name": "男" if facts.holder.sex == "1" else "女"},
        "ethnic_group": read["holder"]["ethnic_group"],
        "birthplace": read["holder"]["birthplace"],
        "birth_date": facts.holder.birth_date.isoformat(),
    }
    assert read["holder"]["ethnic_group"]["code"] == facts.holder.ethnic_group
    assert read["card"]["card_number"] == facts.card_number
    assert read["card"]["card_number_check"] is True
    assert read["card"]["issue_date"] == facts.issue_date.isoformat()
    missing = [each["code"] for each in read["warnings"]]
    assert missing == (["missing_item"] if profile == "beijing" else [])
    budget = {"gen1": 4, "gen2": 4, "gen3": 11, "beijing": 11 if interface == "contact" else 9}
    assert read["wire"]["commands"] == budget[profile]


def test_masked(desk: Desk) -> None:
    """Without --reveal nobody who looks over the clerk's shoulder learns who it is."""
    facts = made_up_facts(PROFILES["beijing"], 12)
    assert facts.holder is not None
    assert facts.card_number is not None
    with desk.emulating("--seed", "12"):
        ran = desk.run("read", "--json")
        text = desk.run("read")
    holder, card = ran.json["holder"], ran.json["card"]
    number = facts.holder.social_security_number
    assert holder["name"] == facts.holder.name[0] + "*" * (len(facts.holder.name) - 1)
    assert holder["social_security_number"] == "*" * 14 + number[-4:]
    assert holder["birth_date"] == "****-**-**"
    assert card["card_number"] == "*****" + facts.card_number[-4:]
    assert re.fullmatch(r"\*{20}[0-9A-F]{4}F{8}", card["card_id"])  # padded behind its last four
    for output in (ran.out, text.out):
        assert facts.holder.name not in output
        assert number[:14] not in output
        assert facts.holder.birth_date.isoformat() not in output
        assert facts.card_number not in output


def test_trace_is_masked(desk: Desk, tmp_path: Path) -> None:
    """A trace goes into a bug report; the holder does not."""
    facts = made_up_facts(PROFILES["gen2"], 13)
    assert facts.holder is not None
    trace = tmp_path / "read.apdu"
    with desk.emulating("--profile", "gen2", "--seed", "13"):
        assert desk.run("read", "--trace", str(trace)).status == 0
    text = trace.read_text("utf-8")
    assert text.startswith("# ATR: 3B6D0000")
    assert "00A404000F7378312E73682EC9E7BBE1B1A3D5CF" in text
    assert facts.holder.social_security_number.encode().hex().upper() not in text
    assert facts.holder.name.encode("gb18030").hex().upper() not in text


def test_distinct_keys_and_key_file(desk: Desk, tmp_path: Path) -> None:
    """A key file of one's own opens a card that the development default does not."""
    from card_profiles.development_keys import distinct

    keys = tmp_path / "keys.toml"
    lines = [f'{name} = "{distinct("SSSE", name).hex()}"' for name in ("IRK", "RKSSSE")]
    keys.write_text('format = "guitai.keys/1"\nmark = "test"\n[keys.SSSE]\n' + "\n".join(lines))
    with desk.emulating("--keys", "distinct"):
        wrong = desk.run("read", "--json")
        right = desk.run("read", "--json", "--keys", str(keys))
    assert wrong.status == 7
    assert wrong.json["error"]["code"] == "keys_do_not_fit"
    assert right.json["generation"] == 3


@pytest.mark.parametrize("which", [[], ["--reader", "1"]])
def test_card_that_comes_late(desk: Desk, which: list[str]) -> None:
    """A clerk may start the program and then insert the card."""
    import subprocess

    from desk import GUITAI

    command = [*GUITAI, "read", "--json", "--wait", "20"]
    with (
        subprocess.Popen(
            [*command, *which], env=desk.environment, stdout=subprocess.PIPE, text=True
        ) as waiting,
        desk.emulating("--profile", "gen2"),
    ):
        out, _ = waiting.communicate(timeout=30)
    assert '"generation": 2' in out


def test_languages(desk: Desk) -> None:
    """Chinese first, English by a switch; codes are the same in both."""
    with desk.emulating("--profile", "gen2"):
        zh, en = desk.run("read"), desk.run("--lang", "en", "read")
    assert "姓名：" in zh.out
    assert "第二代社会保障卡" in zh.out
    assert "Name: " in en.out
    assert "generation 2" in en.out


@pytest.mark.parametrize("as_json", [True, False])
def test_no_card(desk: Desk, as_json: bool) -> None:
    """An empty reader is an error with a remedy, as text and as JSON."""
    ran = desk.run("read", "--reader", "2", "--wait", "0", *(["--json"] if as_json else []))
    assert ran.status == 5
    if as_json:
        assert ran.json["error"]["code"] == "no_card"
    else:
        assert ran.out == ""
        assert ran.err.splitlines()[0] == "错误：读卡器里没有卡 [no_card]"


def test_no_card_in_any_reader(desk: Desk) -> None:
    """With several empty readers the clerk hears of the card, not of a choice to make."""
    ran = desk.run("read", "--json", "--wait", "0.1")
    assert ran.json["error"]["code"] == "no_card"


def test_two_cards(desk: Desk) -> None:
    """Two cards at once are a question only the clerk can answer."""
    with desk.emulating("--profile", "gen2"), desk.emulating("--profile", "gen2", slot=1):
        ran = desk.run("read", "--json")
        chosen = desk.run("read", "--json", "--reader", "00 01").json
    assert ran.json["error"]["code"] == "reader_ambiguous"
    assert "Virtual PCD 00 01" in ran.json["error"]["cause"]
    assert chosen["reader"] == "Virtual PCD 00 01"


def test_no_service() -> None:
    """Without a daemon the clerk is told so, and IT what to run."""
    ran = Desk(None).run("read", "--json")
    assert ran.status == 3
    assert ran.json["error"]["code"] == "service_missing"
    assert "guitai doctor" in ran.json["error"]["remedy"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("format = 'guitai.keys/1'\nmark = 'test'\n[keys.SSSE]\nIRK = '00'\n", "key_file_wrong"),
        ("not toml 00112233445566778899AABBCCDDEEFF", "key_file_wrong"),
        (None, "file_trouble"),
    ],
)
def test_bad_key_file(desk: Desk, tmp_path: Path, content: str | None, code: str) -> None:
    """A key file that is none is refused before the card is touched, and never quoted."""
    path = tmp_path / "keys.toml"
    if content is not None:
        path.write_text(content)
    ran = desk.run("read", "--json", "--keys", str(path))
    assert ran.json["error"]["code"] == code
    assert "00112233" not in ran.out + ran.err
    assert ran.status != 0


@pytest.mark.parametrize("path", ["/dev/full", "/nonexistent/read.apdu"])
def test_trace_that_cannot_be_written(desk: Desk, path: str) -> None:
    """A full disk ends in the catalogue, not in a traceback."""
    with desk.emulating("--profile", "gen2"):
        ran = desk.run("read", "--json", "--trace", path)
    assert ran.json["error"]["code"] == "file_trouble"
    assert ran.status == 8
    assert ran.err == ""
