"""`guitai park` on the real daemon, against the park system as a process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import GUITAI, Desk, Ran
from park import facts_of

from card_profiles.profiles import BEIJING
from emulator.card import SoftwareCard
from emulator.image import dump
from terminal.config import load_config
from terminal.journal import Kind, open_journal

YEAR = (datetime.now(UTC) + timedelta(hours=8)).year
"""This year's pass is on sale every day of the year."""


class Counter:
    """A counter with a configuration, images of a person's two cards, and what it runs."""

    def __init__(self, desk: Desk, folder: Path, url: str) -> None:
        self.desk = desk
        self.config = folder / "guitai.toml"
        self.config.write_text(
            f'[journal]\nfile = "journal.db"\n[park]\nurl = "{url}"\n[park.prices]\n1 = 10000\n',
            "utf-8",
        )
        self.images = {name: folder / f"{name}.json" for name in ("old", "new")}
        for number, image in enumerate(self.images.values(), 1):
            facts = replace(facts_of(number), expiry_date=date(YEAR + 5, 1, 1))
            image.write_text(json.dumps(dump(SoftwareCard.new(BEIJING, facts))), "utf-8")

    def run(self, *arguments: str) -> Ran:
        return self.desk.run("--config", str(self.config), "park", *arguments)

    def laid(self, name: str, slot: int = 0) -> Any:
        return self.desk.emulating("--image", str(self.images[name]), slot=slot)


@contextmanager
def park_system(*arguments: str) -> Iterator[str]:
    command = [*GUITAI, "emulate-park", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


@pytest.fixture
def counter(desk: Desk, tmp_path: Path) -> Iterator[Counter]:
    with park_system("--file", str(tmp_path / "park.json")) as url:
        yield Counter(desk, tmp_path, url)


def test_a_pass_s_first_day(counter: Counter) -> None:
    """What a clerk types and reads, from an empty card to an open gate."""
    with counter.laid("old"):
        assert "卡上没有年票" in counter.run("show").out
        sold = counter.run("buy", str(YEAR), "--operator", "李明", "--key", "first-sale")
        assert f"{YEAR} 年年票已售出\n收款 100.00 元（现金）" in sold.out
        assert ("first-sale" in sold.out, "请勿取走卡" in sold.err) == (True, True)
        again = counter.run("buy", str(YEAR), "--key", "first-sale", "--json").json
        assert [each["operator"] for each in again["entries"]] == ["李明"]
        refused = counter.run("buy", str(YEAR), "--json")
        assert (refused.status, refused.json["error"]["code"]) == (14, "pass_exists")
        assert "不能入园，年票未激活或已失效" in counter.run("gate").out
        assert counter.run("activate", str(YEAR), "--json").json["passes"][0]["state"] == "active"
        gate = counter.run("gate", "--json").json["gate"]
        assert [each["admitted"] for each in gate] == [True]
        english = counter.desk.run("--lang", "en", "--config", str(counter.config), "park", "show")
        assert "active, used 0 times" in english.out
        assert "没有需要了结的业务" in counter.run("recover").out


def test_without_a_park_system(desk: Desk, counter: Counter) -> None:
    """Not configured, or not answering: said with what to do, nothing sold."""
    with counter.laid("old"):
        counter.config.write_text('[journal]\nfile = "journal.db"\n', "utf-8")
        assert "[park_system_missing]" in counter.run("buy", str(YEAR)).err
        assert counter.run("show").status == 0
        counter.config.write_text(
            '[journal]\nfile = "journal.db"\n[park]\nurl = "http://127.0.0.1:9/"\n', "utf-8"
        )
        assert "[park_system_unreachable]" in counter.run("buy", str(YEAR)).err
        assert counter.run("show", "--json").json["open"] == []


def test_moved_in_two_readers(counter: Counter) -> None:
    """Both cards lie there: one command, no questions."""
    with counter.laid("old"):
        counter.run("buy", str(YEAR))
        with counter.laid("new", 1):
            old, new = counter.desk.daemon.readers[:2] if counter.desk.daemon else ("", "")
            moved = counter.run("move", "--old-reader", old, "--new-reader", new, "--json")
            assert [each["state"] for each in moved.json["entries"]] == ["done"]
            shown = counter.run("show", "--reader", new, "--json").json["passes"]
            assert [(each["year"], each["state"]) for each in shown] == [(YEAR, "sold")]
            assert "已转到别的卡" in counter.run("show", "--reader", old).out


def test_moved_in_one_reader(counter: Counter) -> None:
    """The clerk is asked for one card after the other, and for the right one if it is not."""
    assert counter.desk.daemon is not None
    with counter.laid("old"):
        counter.run("buy", str(YEAR))
        reader = counter.desk.daemon.readers[0]
    command = [*GUITAI, "--config", str(counter.config), "park", "move", "--reader", reader]
    with subprocess.Popen(
        [*command, "--wait", "60"],
        env=counter.desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as moving:
        assert moving.stderr is not None

        def until(text: str) -> None:
            assert moving.stderr is not None
            for line in moving.stderr:
                if text in line:
                    return
            raise AssertionError(text)

        until("请放上新卡")
        with counter.laid("new"):
            until("放上旧卡")
        with counter.laid("new"):
            until("这不是这次转移要放的卡")
            until("放上旧卡")
        with counter.laid("old"):
            until("再放上新卡")
        with counter.laid("new"):
            assert moving.wait(60) == 0
        assert moving.stdout is not None
        assert moving.stdout.read().startswith("年票已转到新卡")


def test_a_dead_chip(counter: Counter) -> None:
    """The new card alone is asked for; the old one's passes come from the park system."""
    with counter.laid("old"):
        counter.run("buy", str(YEAR))
    with counter.laid("new"):
        assert "年票已转到新卡" in counter.run("move", "--dead").out
        assert counter.run("show", "--json").json["passes"][0]["state"] == "sold"
    with counter.laid("old"):
        counter.run("activate", str(YEAR))
        assert "不能入园" in counter.run("gate").out


def test_torn_and_recovered(counter: Counter, tmp_path: Path) -> None:
    """The card leaves at the write: unknown, shown as open, told by the card."""
    torn = tmp_path / "torn.json"
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from emulator.card import Removed\n"
        "from emulator.image import SavingCard, open_image\n"
        "from emulator.vpcd import VirtualSlot, connect_to\n"
        "image = Path(sys.argv[1])\n"
        "card = SavingCard(open_image(image), image)\n"
        "answer = card.transmit\n"
        "def transmit(command):\n"
        "    given = answer(command)\n"
        "    if command[1] == 0xDC:\n"
        "        raise Removed\n"
        "    return given\n"
        "card.transmit = transmit\n"
        "host, _, port = sys.argv[2].rpartition(':')\n"
        "slot = VirtualSlot(card, connect_to(host, int(port)),\n"
        "    inserted=lambda: print('in', flush=True))\n"
        "slot.run()\n"
    )
    torn.write_text(script, "utf-8")
    daemon = counter.desk.daemon
    assert daemon is not None
    address = f"{daemon.host}:{daemon.ports[0]}"
    command = [*daemon.enter_network(), sys.executable, str(torn), str(counter.images["old"])]
    with subprocess.Popen([*command, address], stdout=subprocess.PIPE, text=True) as card:
        try:
            assert card.stdout is not None
            card.stdout.readline()
            ran = counter.run("buy", str(YEAR), "--key", "torn-sale", "--wait", "5")
            assert "[pass_unsettled]" in ran.err
            assert "不要重做" in ran.err
        finally:
            card.terminate()
    with counter.laid("old"):
        assert "torn-sale 还没有了结" in counter.run("show").out
        assert "[pass_unfinished]" in counter.run("buy", str(YEAR)).err
        assert "年票售卖 torn-sale：已完成" in counter.run("recover").out
        assert counter.run("show", "--json").json["passes"][0]["state"] == "sold"


def test_a_lost_new_card(counter: Counter, tmp_path: Path) -> None:
    """The move stops at its first half, the new card gets lost; a third one takes its place."""
    facts = replace(facts_of(3), expiry_date=date(YEAR + 5, 1, 1))
    counter.images["third"] = tmp_path / "third.json"
    counter.images["third"].write_text(json.dumps(dump(SoftwareCard.new(BEIJING, facts))), "utf-8")
    with counter.laid("old"):
        counter.run("buy", str(YEAR))
        with counter.laid("new", 1):
            first, second = counter.desk.daemon.readers[:2] if counter.desk.daemon else ("", "")
            ends = ("--new-reader", second, "--old-reader", "none of these")
            stopped = counter.run("move", *ends, "--key", "first-try")
            assert stopped.status == 4
            assert "（流水 first-try）已经开始，还没有了结" in stopped.err
        with counter.laid("third", 1):
            ends = ("--new-reader", second, "--old-reader", first)
            refused = counter.run("move", *ends)
            assert ("[pass_pending]" in refused.err, "--instead" in refused.err) == (True, True)
            assert counter.run("move", *ends, "--instead").out.startswith("年票已转到新卡")
            shown = counter.run("show", "--reader", second, "--json").json["passes"]
            assert [(each["year"], each["state"]) for each in shown] == [(YEAR, "sold")]
        assert "没有需要了结的业务" in counter.run("recover").out


def test_what_the_card_cannot_tell(counter: Counter) -> None:
    """Somebody else wrote the record: shown with what to do, then decided by two people."""
    with counter.laid("old"):
        counter.run("buy", str(YEAR), "--key", "the-sale")
    undecidable(counter)
    with counter.laid("old"):
        recovered = counter.run("recover")
        assert (recovered.status, "[pass_cannot_tell]" in recovered.err) == (14, True)
        assert "guitai park decide" in recovered.err
        ran = counter.run("recover", "--json")
        assert [each["code"] for each in ran.json["undecided"]] == ["pass_cannot_tell"]
        assert [each["key"] for each in counter.run("show", "--json").json["open"]] == ["torn-one"]
    decision = ("decide", "torn-one", "--operator", "李明", "--reason", "已向年票系统核对")
    alone = counter.run(*decision, "--card-has", "no", "--second", " 李明")
    assert "[second_person_needed]" in alone.err
    decided = counter.run(*decision, "--card-has", "no", "--second", "王芳")
    assert decided.out.startswith("已认定卡上没有写入")
    again = counter.run(*decision, "--card-has", "no", "--second", "王芳", "--json")
    assert again.json["error"]["code"] == "decision_refused"
    with counter.laid("old"):
        assert counter.run("activate", str(YEAR)).status == 0


def undecidable(counter: Counter) -> None:
    """Note an activation as sent whose record is neither what was there nor what was to be."""
    with open_journal(load_config(str(counter.config))) as journal:
        sale = journal.find("the-sale")
        meant = replace(sale.intention, key="torn-one", kind=Kind.PASS_ACTIVATION, till=0)
        entry = journal.begin(replace(meant, facts={"year": YEAR}))
        journal.sent(entry, {"number": 1, "before": "00" * 28, "after": "11" * 28})


def test_options_are_checked(counter: Counter) -> None:
    """Typing errors cost nothing: no card is waited for, nothing is begun."""
    assert counter.run("buy", "26").status == 2
    assert counter.run("buy", str(YEAR), "--method", "none").status == 2
    no_key = counter.run("buy", str(YEAR), "--key", "")
    assert (no_key.status, "IntegrityError" in no_key.err) == (2, False)
    missing = counter.run("buy", str(YEAR), "--photo", "/nonexistent.jpg")
    assert "[file_trouble]" in missing.err
