"""Passes on a card: read in one answer, tolerated, written whole, and where a new one goes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest

from card_profiles.park_pass import MAX_PASSES, PASS, PASSES_FILE, PassState, changed, sealed_part
from emulator.card import SoftwareCard
from terminal.cards.park_pass import ParkPasses, Pass, decode, free_record
from terminal.cards.social_security import SocialSecurityCard
from terminal.errors import CardRefused, PassNoApplication, PassNoRoom
from terminal.keys.software import development
from terminal.readers.t0 import T0Connection

TODAY = date(2026, 12, 20)
EMPTY = PASSES_FILE.items[0].vectors[1].raw


def record(year: int, state: int, ends: date, **more: object) -> bytes:
    values = {"pass_type": 1, "year": str(year), "valid_from": date(year, 1, 1), "valid_to": ends}
    return PASS.encode({**values, "state": state, "uses": 0, "counter": 1, **more})


@dataclass
class Line:
    """A connection to a software card that counts, and answers some commands by itself."""

    card: SoftwareCard
    answers: dict[str, str] = field(default_factory=dict)
    protocol: str = "T=0"
    sent: list[str] = field(default_factory=list)

    @property
    def atr(self) -> bytes:
        return self.card.atr

    def transmit(self, command: bytes) -> bytes:
        self.sent.append(command.hex().upper())
        for begin, answer in self.answers.items():
            if self.sent[-1].startswith(begin):
                return bytes.fromhex(answer)
        return self.card.transmit(command)


@pytest.fixture
def line(virtual_card: Callable[..., SoftwareCard]) -> Line:
    card = virtual_card("beijing")
    card.power_on()
    return Line(card)


def passes_on(line: Line) -> ParkPasses:
    card = SocialSecurityCard(T0Connection(line))
    card.use(development("uniform"))
    return ParkPasses(card)


def test_all_in_one_answer(line: Line) -> None:
    """Eight records fit one answer: two commands find out what there is."""
    line.card.memory.write("park_pass.0005.3", record(2026, 2, date(2027, 1, 31)))
    found = passes_on(line).read()
    assert [each.number for each in found] == list(range(1, MAX_PASSES + 1))
    assert (found[2].year, found[2].state) == (2026, PassState.ACTIVE)
    assert [each.empty for each in found].count(False) == 1
    assert len([each for each in line.sent if each[2:4] == "B2"]) == 1


def test_record_by_record(line: Line) -> None:
    """A card that does not give all at once is asked for each."""
    line.answers = {"00B2012D": "6A81", "00A4020C020005": "6A82"}
    line.card.memory.write("park_pass.0005.8", record(2026, 1, date(2027, 1, 31)))
    found = passes_on(line).read()
    assert (len(found), found[7].year) == (8, 2026)


@pytest.mark.parametrize(
    "raw",
    [
        record(2026, 9, date(2027, 1, 31)),
        bytes.fromhex("01AAAA") + bytes(25),
        bytes(28),
        EMPTY[:-1],
        b"",
    ],
    ids=["a state of somebody else's", "no digits", "zeros", "short", "nothing"],
)
def test_what_cannot_be_read_is_kept(raw: bytes) -> None:
    """Tolerated, shown as unreadable, and never overwritten."""
    found = decode(1, raw)
    assert (found.readable, found.empty, found.in_force, found.raw) == (False, False, False, raw)
    with pytest.raises(PassNoRoom):
        free_record([found], TODAY)


def test_one_command_writes(line: Line) -> None:
    """Proved before, then a single UPDATE RECORD that changes this record and no other."""
    passes = passes_on(line)
    passes.prepare()
    before = len(line.sent)
    new = record(2027, 1, date(2028, 1, 31))
    passes.write(2, new)
    assert len(line.sent) == before + 1
    assert line.sent[-1].startswith("00DC022C1C")
    cells = line.card.memory.cells()
    assert [cells[f"park_pass.0005.{number}"] for number in range(1, 4)] == [EMPTY, new, EMPTY]
    assert passes.read_one(2) == decode(2, new)


def test_refusals_are_told(line: Line) -> None:
    """A card that says no, and a record that is not there."""
    passes = passes_on(line)
    passes.prepare()
    line.answers = {"00DC": "6581"}
    with pytest.raises(CardRefused):
        passes.write(1, EMPTY)
    with pytest.raises(CardRefused):
        passes.read_one(9)


def test_without_the_application(virtual_card: Callable[..., SoftwareCard]) -> None:
    """Said in words of its own, for it is the usual case of old cards."""
    card = virtual_card("gen3")
    card.power_on()
    with pytest.raises(PassNoApplication):
        passes_on(Line(card)).read()


def passes(*records: bytes) -> list[Pass]:
    return [decode(number, raw) for number, raw in enumerate(records, 1)]


class TestWhereANewOneGoes:
    def test_empty_before_over(self) -> None:
        """History stays as long as there is room."""
        moved = record(2024, 3, date(2025, 1, 31))
        assert free_record(passes(moved, EMPTY), TODAY).number == 2

    def test_the_oldest_of_those_over(self) -> None:
        """Moved, cancelled or ended, by the last day; never one that is in force or arriving."""
        records = passes(
            record(2026, 2, date(2027, 1, 31)),
            record(2026, 5, date(2027, 1, 31)),
            record(2025, 1, date(2026, 1, 31)),
            record(2024, 4, date(2025, 1, 31)),
        )
        assert free_record(records, TODAY).number == 4
        assert free_record(records[:3], TODAY).number == 3
        with pytest.raises(PassNoRoom):
            free_record(records[:2], TODAY)

    def test_what_is_left_of_the_same_year(self) -> None:
        """An arrival that was given up is taken up again, not left beside the new one."""
        left = record(2026, 5, date(2027, 1, 31))
        assert free_record(passes(EMPTY, left), TODAY, 2026).number == 2

    def test_the_last_day_counts(self) -> None:
        """On its last day a pass is still in force."""
        ends = passes(record(2025, 2, TODAY))
        with pytest.raises(PassNoRoom):
            free_record(ends, TODAY)


class TestUsedSince:
    def test_gates_alone(self) -> None:
        """As many changes as uses, and nothing else: a gate's work."""
        first = record(2026, 2, date(2027, 1, 31))
        used = changed(changed(first, {"uses": 1}), {"uses": 2})
        assert decode(1, used).used_since(decode(1, first))
        assert decode(1, first).used_since(decode(1, first))
        assert not decode(1, first).used_since(decode(1, used))
        assert not decode(1, changed(first, {})).used_since(decode(1, first))
        assert not decode(1, changed(first, {"state": 3, "uses": 1})).used_since(decode(1, first))

    def test_another_seal(self) -> None:
        """The same values under another seal are not the same record."""
        first = record(2026, 2, date(2027, 1, 31), mac=b"\1\2\3\4")
        other = record(2026, 2, date(2027, 1, 31), mac=b"\1\2\3\5")
        assert not decode(1, other).used_since(decode(1, first))


def test_the_seal_covers_card_and_record() -> None:
    """A copied record is worth nothing on another card, a changed one nothing at all."""
    first = record(2026, 2, date(2027, 1, 31), mac=b"\1\2\3\4")
    assert sealed_part(b"\xaa" * 16, first) == b"\xaa" * 16 + first[:24]
