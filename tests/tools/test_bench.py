"""The benchmarks' own logic: what they conclude from times and counts, never the times."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.card import Interface

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.append(str(TOOLS))  # tools/bench does the same: its modules are no part of the package

from benchmarks import report, tpdus, transit_load  # noqa: E402  found by the line above
from benchmarks.driver_sequences import DRIVERS  # noqa: E402
from benchmarks.journal_cost import file_system  # noqa: E402
from benchmarks.measure import (  # noqa: E402
    Entry,
    Gate,
    Pairs,
    Ratio,
    Unavailable,
    in_turn,
)
from benchmarks.stage import Stage  # noqa: E402
from benchmarks.trivial_card import TrivialCard  # noqa: E402
from benchmarks.wire_time import bytes_on_wire, seconds, seconds_in_the_air  # noqa: E402

HALF = Ratio(0.5, 0.4, 0.6)


def test_pairs_run_in_turn_and_the_first_does_not_count() -> None:
    """Measured one after the other, a slow minute of the machine would hit one side only."""
    said: list[str] = []
    ticks: Iterator[float] = iter([0, 1, 1, 3, 10, 13, 13, 15])
    pairs = in_turn(lambda: said.append("A"), lambda: said.append("B"), 2, lambda: next(ticks))
    assert said == ["A", "B"] * 3
    assert pairs.seconds == ((1, 2), (3, 2))


def test_the_ratio_is_the_median_of_the_pairs_ratios() -> None:
    """One disturbed pair must not move the result, as it would a ratio of means."""
    pairs = Pairs(((1.0, 2.0), (90.0, 2.0), (3.0, 5.0)))
    assert pairs.ratio == Ratio(median=0.6, least=0.5, greatest=45.0)


def test_absolute_times_are_medians_a_repetition() -> None:
    """A reader of the table takes them for microseconds of one command."""
    assert Pairs(((0.002, 0.004), (0.004, 0.001), (0.003, 0.003))).each(1000) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [("<", True, False, False), ("<=", True, True, False), (">=", False, True, True)],
)
def test_gates_know_their_edge(op: str, below: bool, at: bool, above: bool) -> None:
    """A budget reached is kept; "faster than" is not met by "as fast as"."""
    gate = Gate(op, 1.0)
    assert (gate.admits(0.99), gate.admits(1.0), gate.admits(1.01)) == (below, at, above)


@pytest.mark.parametrize(
    ("entry", "passed"),
    [
        (Entry("a", "", HALF, Gate("<", 1.0)), True),
        (Entry("a", "", HALF, Gate(">=", 0.6)), False),
        (Entry("a", "", HALF), True),
        (Entry("a", "", None, unavailable="no daemon"), False),
    ],
)
def test_what_could_not_be_measured_is_missed(entry: Entry, passed: bool) -> None:
    """A benchmark that silently passes where it cannot run would guard nothing."""
    assert entry.passed is passed
    assert entry.document()["pass"] is passed


def test_an_entry_says_all_a_program_wants_to_know() -> None:
    """The JSON form is read by programs; its names are a promise."""
    entry = Entry("codec", "ours to theirs", HALF, Gate("<", 1.0), {"ours_us": 0.8})
    assert entry.document() == {
        "name": "codec",
        "what": "ours to theirs",
        "ratio": {"median": 0.5, "min": 0.4, "max": 0.6},
        "gate": {"op": "<", "value": 1.0},
        "pass": True,
        "absolute": {"ours_us": 0.8},
    }


@pytest.mark.parametrize(
    ("sent", "answered", "expected"),
    [
        # SELECT with 15 bytes of name: header, INS, name, 61xx.
        ("00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "6118", 5 + 1 + 15 + 2),
        # READ RECORD of 18: header, INS, record, 9000.
        ("00B2010412", "00" * 18 + "9000", 5 + 1 + 18 + 2),
        # Refused or told the length: the card's first byte is SW1 already.
        ("00B2010400", "6C12", 5 + 2),
    ],
)
def test_bytes_on_the_contacts(sent: str, answered: str, expected: int) -> None:
    """The formula is stated in words; these are the three cases it has."""
    assert bytes_on_wire([(bytes.fromhex(sent), bytes.fromhex(answered))]) == expected


def test_time_on_the_wire_is_twelve_etu_a_byte() -> None:
    """26 bytes of 12 etu at 9,600 baud are 32.5 ms; twelve times the speed, a twelfth of it."""
    exchange = (bytes.fromhex("00B2010412"), bytes(18) + b"\x90\x00")
    assert seconds([exchange], 9_600) == pytest.approx(0.0325)
    assert seconds([exchange], 115_200) == pytest.approx(0.0325 / 12)


def test_time_in_the_air_is_two_blocks_and_two_pauses() -> None:
    """A block is its content, PCB and CRC, nine bits a byte; the formula is stated in words."""
    exchange = (bytes(5), bytes(18) + b"\x90\x00")
    bits = (5 + 3) * 9 + 2 + (20 + 3) * 9 + 2
    carrier = 13_560_000
    assert seconds_in_the_air([exchange]) == pytest.approx((bits * 128 + 2 * 1172) / carrier)


def test_what_has_to_be_chained_is_not_counted_as_one_block() -> None:
    """A chained command costs more than its bytes, and nobody would see that it is missing."""
    with pytest.raises(AssertionError, match="chained"):
        seconds_in_the_air([(bytes(254), b"\x90\x00")])


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("/var/tmp", "ext4"), ("/tmp/x", "tmpfs"), ("/tmpfile", "ext4"), ("/srv/build", "xfs")],
)
def test_a_file_system_is_that_of_the_nearest_mount(folder: str, expected: str) -> None:
    """The journal's ratio means nothing in memory, where a sync is free."""
    mounts = (
        "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n"
        "/dev/b /srv btrfs rw 0 0\n/dev/c /srv xfs rw 0 0\n"
    )
    assert file_system(Path(folder), mounts) == expected


EXPECTED = {
    # name: (TPDUs, bytes to the card, bytes from it)
    "one_by_one": (14, 89, 178),
    "one_by_one_with_pin": (15, 97, 180),
    "one_by_one_le_00": (24, 139, 198),
    "whole_files": (6, 49, 191),
    "mutual": (23, 181, 272),
}


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_drivers_sequences_run_and_count_the_same(driver: tpdus.Driver) -> None:
    """They are what ours is compared with: each step must succeed, and none may get lost."""
    found = tpdus.figures(tpdus.drive(driver))
    counts = found["tpdus"], found["bytes_sent"], found["bytes_received"]
    assert counts == EXPECTED[driver.name]


@pytest.mark.parametrize("first", [0x61, 0x6C])
def test_data_that_begins_like_a_status(first: int) -> None:
    """One challenge in 128 does: it is the answer, not a call for another command."""
    sent: list[bytes] = []
    answer = bytes((first, *range(7))) + b"\x90\x00"
    assert (
        tpdus.plain_t0(lambda tpdu: sent.append(tpdu) or answer, b"\x00\x84\x00\x00\x08") == answer
    )
    assert len(sent) == 1


@pytest.mark.parametrize("case", tpdus.CASES, ids=lambda case: case.name)
def test_ours_keeps_its_budget(case: tpdus.Case) -> None:
    """What the meter counts is what crossed, and no more than promised."""
    wire, exchanges = tpdus.read(case)
    assert wire.commands == len(exchanges) <= case.budget
    assert wire.bytes_sent == sum(len(sent) for sent, _ in exchanges)
    assert wire.bytes_received == sum(len(answered) for _, answered in exchanges)


@pytest.mark.parametrize("interface", transit_load.INTERFACES)
@pytest.mark.parametrize("case", transit_load.CASES, ids=lambda case: case.service)
def test_the_services_on_the_purse_keep_their_budgets(
    case: transit_load.Case, interface: Interface
) -> None:
    """Each runs to its end, and no more is counted than promised; a figure alone has no budget."""
    found = len(transit_load.send(case, interface))
    assert 0 < found <= (case.budget(interface) or found)


def test_a_visit_is_identify_and_the_service() -> None:
    """Who adds two rows of the table must get what crosses in the whole visit."""
    cases = {case.service: case for case in transit_load.CASES}
    parts = [
        exchange
        for name in ("identify", "load")
        for exchange in transit_load.send(cases[name], "contact")
    ]
    whole = transit_load.send(cases["visit_with_load"], "contact")
    assert tpdus.figures(parts) == tpdus.figures(whole)


def test_the_table_shows_words_as_well() -> None:
    """Where the journal was measured is a word among numbers."""
    shown = report.table([Entry("journal", "", HALF, None, {"us": 1234.5, "on": "ext4 at build"})])
    assert "us 1,234.5, on ext4 at build" in shown


def test_a_plain_reader_repeats_and_fetches() -> None:
    """The drivers' counts stand on these two rules of T=0."""
    sent: list[str] = []
    answers = iter([b"\x6c\x05", b"\x61\x02", b"ok\x90\x00"])

    def card(tpdu: bytes) -> bytes:
        sent.append(tpdu.hex())
        return next(answers)

    assert tpdus.plain_t0(card, bytes.fromhex("00B2010400")) == b"ok\x90\x00"
    assert sent == ["00b2010400", "00b2010405", "00c0000002"]


def test_the_trivial_card_looks_at_nothing() -> None:
    """It is the least a card can do; any work in it would flatter ours."""
    card = TrivialCard()
    card.power_on()
    card.reset()
    card.power_off()
    assert {card.transmit(command) for command in (b"", bytes(5), bytes(261))} == {b"\x90\x00"}
    assert card.atr.startswith(b"\x3b\x6d")


def test_the_document_and_the_exit_status(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One JSON document on stdout and in the file, the table apart from it on stderr."""
    file = tmp_path / "bench.json"
    assert report.main(["--only", "tpdus", "--gate", "--write", str(file)]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert document == json.loads(file.read_text("utf-8"))
    assert document["schema"] == report.SCHEMA
    assert document["pass"] is True
    assert len(document["entries"]) == len(tpdus.CASES) + len(DRIVERS)
    assert "tpdus.gen3.contact" in shown.err


def _missed(_rounds: int | None, _stage: Stage) -> list[Entry]:
    return [Entry("slow", "ours to theirs", Ratio(2.0, 2.0, 2.0), Gate("<=", 1.3))]


def _impossible(_rounds: int | None, _stage: Stage) -> list[Entry]:
    raise Unavailable("namespaces are refused")


@pytest.mark.parametrize("gate", [True, False])
@pytest.mark.parametrize("run", [_missed, _impossible])
def test_a_missed_gate_fails_only_where_asked(
    gate: bool,
    run: report.Benchmark,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """CI wants the failure, a person at the desk wants the figures."""
    monkeypatch.setattr(report, "BENCHMARKS", {"slow": run})
    assert report.main(["--gate"] if gate else []) == int(gate)
    shown = capsys.readouterr()
    assert json.loads(shown.out)["pass"] is False
    assert "MISSED" in shown.err


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--only", "nothing"]])
def test_wrong_usage_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A benchmark of no rounds would have no median, one of no name would pass by default."""
    with pytest.raises(SystemExit) as stopped:
        report.main(arguments)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err
