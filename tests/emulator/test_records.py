"""Record files: reading in every mode, updating, appending, and what each file refuses."""

from collections.abc import Callable
from itertools import count

import pytest

from apdu.commands import RecordMode
from apdu.declare import Refused
from card_profiles.fields import Binary
from card_profiles.model import FREE, ElementaryFile, Item, Structure
from emulator.card import SoftwareCard
from emulator.memory import Memory, PowerCut
from emulator.personalise import record_cells
from emulator.records import RecordFile

CELL = "DF.EF05"
FIRST, LAST, NEXT, PREVIOUS, NUMBER, UP, DOWN = RecordMode


def ef(structure: Structure, *items: Item) -> ElementaryFile:
    return ElementaryFile(0xEF05, "file", "文件", structure, FREE, FREE, items)


def item(tag: int, size: int, many: int = 1) -> Item:
    return Item(tag, f"item_{tag:02x}", "", Binary(size), (), many)


LINEAR = ef(Structure.RECORDS, item(0x01, 2), item(0x40, 1, 3), item(0x02, 3))
ONE, FORTY_A, FORTY_B, FORTY_C, TWO = RECORDS = [
    bytes.fromhex(each) for each in ("0102AAAA", "4001A1", "4001A2", "4001A3", "0203BBBBBB")
]
PLAIN = ef(Structure.FIXED, item(0, 2, 3))
TAGGED_FIXED = ef(Structure.FIXED, item(0x79, 2, 2))
CYCLIC = ef(Structure.CYCLIC, item(0, 2, 3))


class Bench:
    """Hold a file in a memory of its own, made anew for each command as the card does."""

    def __init__(self, spec: ElementaryFile, records: list[bytes]) -> None:
        self.spec = spec
        self.memory = Memory(record_cells(CELL, records))

    @property
    def file(self) -> RecordFile:
        return RecordFile(self.memory, CELL, self.spec)

    @property
    def records(self) -> list[bytes]:
        number = (self.memory.read(f"{CELL}.count") or b"\0")[0]
        return [self.memory.read(f"{CELL}.{each}") or b"" for each in range(1, number + 1)]

    def read(self, mode: RecordMode, p1: int, pointer: int = 0) -> tuple[bytes, int]:
        return self.file.read(mode, p1, pointer)

    def update(self, mode: RecordMode, p1: int, content: str, pointer: int = 0) -> int:
        return self.file.update(mode, p1, pointer, bytes.fromhex(content))


@pytest.fixture
def linear() -> Bench:
    return Bench(LINEAR, RECORDS)


def refusal(call: Callable[..., object], *arguments: object) -> int:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return int(caught.value.sw)


class TestRead:
    @pytest.mark.parametrize(
        ("mode", "p1", "pointer", "number"),
        [
            # By tag, reference §3: first, last, next and previous record with tag P1.
            (FIRST, 0x40, 0, 2),
            (FIRST, 0x40, 4, 2),
            (LAST, 0x40, 0, 4),
            (LAST, 0x40, 2, 4),
            (NEXT, 0x40, 0, 2),
            (NEXT, 0x40, 2, 3),
            (NEXT, 0x40, 3, 4),
            (NEXT, 0x02, 1, 5),
            (PREVIOUS, 0x40, 0, 4),
            (PREVIOUS, 0x40, 4, 3),
            (PREVIOUS, 0x40, 3, 2),
            (PREVIOUS, 0x01, 5, 1),
            # P1 = 00 is any record (ISO/IEC 7816-4 §7.3.3).
            (FIRST, 0, 3, 1),
            (LAST, 0, 0, 5),
            (NEXT, 0, 0, 1),
            (NEXT, 0, 4, 5),
            (PREVIOUS, 0, 0, 5),
            (PREVIOUS, 0, 5, 4),
        ],
    )
    def test_by_tag_moves_the_pointer(
        self, linear: Bench, mode: RecordMode, p1: int, pointer: int, number: int
    ) -> None:
        """A terminal walks over several records of one tag; each step counts from the last."""
        assert linear.read(mode, p1, pointer) == (RECORDS[number - 1], number)

    @pytest.mark.parametrize(
        ("mode", "p1", "pointer"),
        [
            (FIRST, 0x41, 0),
            (LAST, 0x41, 0),
            (NEXT, 0x40, 4),
            (NEXT, 0, 5),
            (PREVIOUS, 0x40, 2),
            (PREVIOUS, 0, 1),
            (NUMBER, 6, 0),
            (NUMBER, 0xFF, 0),
            (NUMBER, 0, 0),
            (UP, 6, 0),
            (DOWN, 6, 0),
            (UP, 0, 0),
            (DOWN, 0, 0),
        ],
    )
    def test_what_is_not_there(
        self, linear: Bench, mode: RecordMode, p1: int, pointer: int
    ) -> None:
        """The end of a walk, an unknown tag or number, and a current record that is none: 6A83."""
        assert refusal(linear.read, mode, p1, pointer) == 0x6A83

    @pytest.mark.parametrize("pointer", [0, 2, 5])
    @pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
    def test_by_number_leaves_the_pointer(self, linear: Bench, number: int, pointer: int) -> None:
        """Reading by number between two steps of a walk must not lose the place."""
        assert linear.read(NUMBER, number, pointer) == (RECORDS[number - 1], pointer)

    @pytest.mark.parametrize("mode", [NUMBER, UP, DOWN])
    def test_number_zero_is_the_current_record(self, linear: Bench, mode: RecordMode) -> None:
        """Reference §3: P1 = 00 names the current record."""
        found, pointer = linear.read(mode, 0, 5)
        assert found.startswith(TWO)
        assert pointer == 5

    @pytest.mark.parametrize(
        ("mode", "p1", "found"),
        [
            (UP, 1, RECORDS),
            (UP, 4, [FORTY_C, TWO]),
            (UP, 5, [TWO]),
            (DOWN, 1, RECORDS[::-1]),
            (DOWN, 4, [TWO, FORTY_C]),
            (DOWN, 5, [TWO]),
        ],
    )
    def test_several(self, linear: Bench, mode: RecordMode, p1: int, found: list[bytes]) -> None:
        """Modes 5 and 6 dump a file in one command, upwards and downwards."""
        assert linear.read(mode, p1, 2) == (b"".join(found), 2)

    @pytest.mark.parametrize(("size", "sw"), [(126, None), (127, 0x6700)])
    def test_several_fit_one_answer(self, size: int, sw: int | None) -> None:
        """256 bytes go into a short answer, one more does not, and is refused, not cut."""
        records = [bytes((0x01, 126)) + bytes(126), bytes((0x02, size)) + bytes(size)]
        bench = Bench(ef(Structure.RECORDS, item(0x01, 126), item(0x02, size)), records)
        if sw is None:
            assert bench.read(UP, 1)[0] == b"".join(records)
        else:
            assert refusal(bench.read, UP, 1) == sw

    def test_records_without_tags(self) -> None:
        """A file whose records are no TLV has no tags: its first byte must not pass for one."""
        bench = Bench(PLAIN, [b"\x40\x01", b"\x40\x02", b"\x40\x03"])
        assert refusal(bench.read, FIRST, 0x40) == 0x6A83
        assert bench.read(NEXT, 0, 1) == (b"\x40\x02", 2)
        assert bench.read(NUMBER, 3) == (b"\x40\x03", 0)
        assert bench.read(UP, 1)[0] == b"\x40\x01\x40\x02\x40\x03"

    def test_an_empty_file(self) -> None:
        """A record file without records answers 6A83 in every mode."""
        bench = Bench(LINEAR, [])
        assert {refusal(bench.read, mode, 1) for mode in RecordMode} == {0x6A83}

    def test_a_damaged_image(self) -> None:
        """A hand-edited image may count records that are not there; the card still answers."""
        bench = Bench(LINEAR, RECORDS)
        bench.memory.write(f"{CELL}.1", None)
        assert bench.read(FIRST, 0x40) == (FORTY_A, 2)
        assert bench.read(NUMBER, 1) == (b"", 0)


class TestUpdate:
    @pytest.mark.parametrize(
        ("mode", "p1", "pointer", "number", "new_pointer"),
        [
            (NUMBER, 2, 0, 2, 0),
            (NUMBER, 2, 5, 2, 5),
            (NUMBER, 0, 3, 3, 3),
            (FIRST, 0x40, 3, 2, 2),
            (LAST, 0x40, 0, 4, 4),
            (NEXT, 0x40, 2, 3, 3),
            (PREVIOUS, 0x40, 4, 3, 3),
        ],
    )
    def test_replaces(
        self,
        linear: Bench,
        mode: RecordMode,
        p1: int,
        pointer: int,
        number: int,
        new_pointer: int,
    ) -> None:
        """Updating finds its record as reading does, and moves the pointer as reading does."""
        assert linear.update(mode, p1, "4001FF", pointer) == new_pointer
        assert linear.records == [
            *RECORDS[: number - 1],
            bytes.fromhex("4001FF"),
            *RECORDS[number:],
        ]

    @pytest.mark.parametrize(
        ("mode", "p1", "pointer"),
        [(NUMBER, 6, 0), (NUMBER, 0xFE, 2), (FIRST, 0x41, 0), (LAST, 0x41, 0), (NEXT, 0x40, 4)],
    )
    def test_appends_what_is_not_there(
        self, linear: Bench, mode: RecordMode, p1: int, pointer: int
    ) -> None:
        """Reference §3: an unknown number or tag appends; the new record is then the current."""
        assert linear.update(mode, p1, "4102FFFF", pointer) == 6
        assert linear.records == [*RECORDS, bytes.fromhex("4102FFFF")]

    @pytest.mark.parametrize("p1", [0x00, 0xFF])
    def test_no_record_is_meant(self, linear: Bench, p1: int) -> None:
        """A current record where there is none, and a number that is none, append nothing."""
        assert refusal(linear.update, NUMBER, p1, "4001FF") == 0x6A83
        assert linear.records == RECORDS

    @pytest.mark.parametrize("content", ["", "40", "4002FF", "4001FFFF", "400100FF"])
    def test_length_byte_must_fit(self, linear: Bench, content: str) -> None:
        """Reference §3: a TLV whose length byte lies is 6A85 and changes nothing."""
        assert refusal(linear.update, NUMBER, 2, content) == 0x6A85
        assert linear.records == RECORDS

    def test_a_length_byte_does_not_wrap(self, linear: Bench) -> None:
        """256 value bytes do not fit a length byte, and 00 must not pass for them."""
        assert refusal(linear.update, NUMBER, 2, "4000" + "FF" * 256) == 0x6A85

    def test_a_record_has_its_room(self, linear: Bench) -> None:
        """More than a record was laid out with is 6A84."""
        assert refusal(linear.update, NUMBER, 2, "4002FFFF") == 0x6A84
        assert linear.records == RECORDS

    def test_a_short_content_keeps_the_room(self, linear: Bench) -> None:
        """A name cleared with a short record can be written in full length again."""
        linear.update(NUMBER, 5, "0200")
        assert linear.records[4] == b"\x02\x00"
        linear.update(NUMBER, 5, TWO.hex())
        assert linear.records == RECORDS

    def test_an_appended_record_has_any_room(self, linear: Bench) -> None:
        """No layout says how long an appended record is: it may shrink and grow again."""
        for content in ("4103FFFFFF", "4100", "4104FFFFFFFF"):
            linear.update(NUMBER, 6, content)
            assert linear.records == [*RECORDS, bytes.fromhex(content)]

    @pytest.mark.parametrize("mode", [UP, DOWN])
    def test_one_record_at_a_time(self, linear: Bench, mode: RecordMode) -> None:
        """The modes for several records are for reading only."""
        assert refusal(linear.update, mode, 1, "4001FF") == 0x6A86

    def test_a_file_is_full_at_254_records(self) -> None:
        """Record numbers end at FE; the 255th has nowhere to go."""
        bench = Bench(LINEAR, [FORTY_A] * 254)
        assert refusal(bench.update, FIRST, 0x41, "4100") == 0x6A84
        assert len(bench.records) == 254


class TestFixed:
    def test_replaces_whole_records(self) -> None:
        """A fixed file takes a record of its one length."""
        bench = Bench(PLAIN, [b"aa", b"bb", b"cc"])
        bench.update(NUMBER, 2, b"BB".hex())
        assert bench.records == [b"aa", b"BB", b"cc"]

    @pytest.mark.parametrize("content", ["", "AA", "AABBCC"])
    def test_another_length(self, content: str) -> None:
        """Neither shorter nor longer: 6700."""
        bench = Bench(PLAIN, [b"aa", b"bb", b"cc"])
        assert refusal(bench.update, NUMBER, 2, content) == 0x6700

    @pytest.mark.parametrize(
        ("content", "sw"), [("7901FF", 0x6700), ("7903FFFFFF", 0x6700), ("7901FFFF", 0x6A85)]
    )
    def test_another_length_with_tags(self, content: str, sw: int) -> None:
        """A fixed file of TLV records checks the TLV first, then the one length there is."""
        bench = Bench(TAGGED_FIXED, [bytes.fromhex("7902AAAA")] * 2)
        assert refusal(bench.update, NUMBER, 1, content) == sw

    @pytest.mark.parametrize(
        ("spec", "mode", "p1", "content"),
        [
            (PLAIN, NUMBER, 4, "AABB"),
            (PLAIN, FIRST, 0x40, "AABB"),
            (TAGGED_FIXED, NUMBER, 4, "7902FFFF"),
            (TAGGED_FIXED, FIRST, 0x7A, "7A02FFFF"),
        ],
    )
    def test_does_not_grow(
        self, spec: ElementaryFile, mode: RecordMode, p1: int, content: str
    ) -> None:
        """A fixed file has the records it was made with."""
        records = [bytes(spec.items[0].size)] * 3
        bench = Bench(spec, records)
        assert refusal(bench.update, mode, p1, content) == 0x6A84
        assert bench.records == records


class TestCyclic:
    def test_newest_is_number_one(self) -> None:
        """ "Previous" appends: the newest is record 1 and the oldest goes (reference §3)."""
        bench = Bench(CYCLIC, [b"11", b"22", b"33"])
        assert bench.update(PREVIOUS, 0, b"44".hex()) == 1
        assert bench.records == [b"44", b"11", b"22"]
        assert bench.read(NEXT, 0, 1) == (b"11", 2)

    def test_a_file_not_yet_full_grows(self) -> None:
        """Until it is full nothing is overwritten."""
        bench = Bench(CYCLIC, [b"11"])
        for each in (b"22", b"33", b"44"):
            bench.update(PREVIOUS, 0, each.hex())
        assert bench.records == [b"44", b"33", b"22"]

    @pytest.mark.parametrize("mode", [each for each in RecordMode if each is not PREVIOUS])
    def test_history_is_not_rewritten(self, mode: RecordMode) -> None:
        """Every other way of updating would change what was logged."""
        bench = Bench(CYCLIC, [b"11", b"22", b"33"])
        assert refusal(bench.update, mode, 1, "AAAA") == 0x6A86
        assert bench.records == [b"11", b"22", b"33"]

    @pytest.mark.parametrize("content", ["AA", "AABBCC"])
    def test_length_is_fixed(self, content: str) -> None:
        """A log's records are all of one length: 6700."""
        assert refusal(Bench(CYCLIC, [b"11"]).update, PREVIOUS, 0, content) == 0x6700


class TestOnTheCard:
    """The same through commands: a refused or torn command has not happened."""

    READ_NEXT_40 = "00B24002"

    @pytest.fixture
    def card(
        self, virtual_card: Callable[..., SoftwareCard], prove: Callable[..., str]
    ) -> SoftwareCard:
        """Give DF01's education file open, its three records with tag 40 numbered."""
        card = virtual_card("gen3", interface="contactless")
        card.power_on()
        send(card, "00A4000002DF01")
        assert prove(card, 0x89, "DF01") == "9000"
        send(card, "0020000003123456")
        send(card, "00A4020002EF15")
        for number in (1, 2, 3):
            assert send(card, f"00DC{number + 1:02X}04364034{number:02X}" + "00" * 51) == "9000"
        return card

    def test_the_pointer_walks(self, card: SoftwareCard) -> None:
        """The current record lives in the card between commands."""
        found = [send(card, self.READ_NEXT_40 + "00")[4:6] for _ in range(3)]
        assert found == ["01", "02", "03"]
        assert send(card, self.READ_NEXT_40 + "00") == "6A83"
        assert send(card, "00B24003" + "00")[4:6] == "02"

    @pytest.mark.parametrize("refused", ["00B2400210", "00B2410200", "00B2C80400", "00B2404C00"])
    def test_a_refused_command_keeps_the_place(self, card: SoftwareCard, refused: str) -> None:
        """A walk goes on after wrong Le, an unknown record, or a miss in another file."""
        first = send(card, self.READ_NEXT_40 + "00")
        assert first.endswith("9000")
        assert send(card, refused)[:2] in {"6C", "6A"}
        assert send(card, "00B2000400") == first

    def test_short_file_id_starts_anew(self, card: SoftwareCard) -> None:
        """Naming a file by short id makes it current, without a current record."""
        send(card, self.READ_NEXT_40 + "00")
        assert send(card, "00B2400200").endswith("9000")
        assert send(card, f"00B202{0x15 << 3 | 4:02X}00")[:4] == "4034"
        assert send(card, "00B2000400") == "6A83"

    @pytest.mark.parametrize("file", ["EF15", "EF16"])
    def test_an_update_torn_anywhere(
        self,
        file: str,
        virtual_card: Callable[..., SoftwareCard],
        prove: Callable[..., str],
    ) -> None:
        """A record, or the shifted whole of a cyclic file, is old or new at every cut."""
        seen = set()
        for number in count(1):
            card = virtual_card("gen3", interface="contactless")
            send(card, "00A4000002DF02")
            prove(card, 0x87 if file == "EF15" else 0x89, "DF02")
            send(card, "00A4020002" + file)
            before = contents(card, file)
            cut(card.memory, number)
            command = "00DC070406990401020304" if file == "EF15" else "00DC000312" + "5A" * 18
            try:
                send(card, command)
            except PowerCut:
                card.memory.before_write = None
                card.power_on()
            else:
                break
            seen.add(contents(card, file) == before)
            if contents(card, file) != before:
                assert contents(card, file) == after(before, command)
        assert seen == {True, False}


def after(before: list[str], command: str) -> list[str]:
    record = command[10:]
    return [*before, record] if "99" in record[:2] else [record, *before[:-1]]


def contents(card: SoftwareCard, file: str) -> list[str]:
    """Look into the memory: what is torn is not read through the card's own eyes."""
    cells = card.memory.cells()
    number = cells[f"DF02.{file}.count"][0]
    return [cells[f"DF02.{file}.{each}"].hex().upper() for each in range(1, number + 1)]


def cut(memory: Memory, number: int) -> None:
    last = memory.writes + number

    def before_write(write: int) -> None:
        if write == last:
            raise PowerCut

    memory.before_write = before_write


def send(card: SoftwareCard, command: str) -> str:
    return card.transmit(bytes.fromhex(command)).hex().upper()
