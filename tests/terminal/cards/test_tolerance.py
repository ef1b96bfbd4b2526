"""What real cards do otherwise than their standard: read all the same, and said (reference §11)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from emulator.card import SoftwareCard
from emulator.hostile import Mutated
from terminal.errors import DataDamaged

Make = Callable[..., SoftwareCard]
Hold = Callable[[Any], Any]

LONG_NAME = "阿依古丽·买买提明·努尔艾合买提·艾则孜"
NAME_BYTES = LONG_NAME.encode("gb18030")


def altered(card: SoftwareCard, **records: str | None) -> SoftwareCard:
    """Write records of a card in hex (``EF05_7="0709…"``); None takes one's bytes away."""
    for name, raw in records.items():
        file, _, number = name.partition("_")
        card.memory.write(f"SSSE.{file}.{number}", bytes.fromhex(raw) if raw else b"")
    return card


def codes(reading: Any) -> list[str]:
    return [note.code for note in reading.notes.collected]


def test_name_across_the_border(virtual_card: Make, held: Hold) -> None:
    """A character cut by the border of 09 and 4E is whole again: joined, then decoded."""
    assert len(NAME_BYTES) > 30
    with pytest.raises(UnicodeDecodeError):
        NAME_BYTES[:29].decode("gb18030")
    card = altered(
        virtual_card("gen2"),
        EF06_2="091D" + NAME_BYTES[:29].hex(),
        EF06_3="4E14" + NAME_BYTES[29:].ljust(20, b"\0").hex(),
    )
    reading = held(card).read()
    assert reading.holder.name.reveal() == LONG_NAME


def test_space_at_the_border(virtual_card: Make, held: Hold) -> None:
    """A foreigner's name may have its space as byte 30; it belongs to the name."""
    name = "ABDULRAHMAN MUHAMMADSALIH BIN ALI"
    assert name[29] == " "
    raw = name.encode()
    card = altered(
        virtual_card("gen2"),
        EF06_2="091E" + raw[:30].hex(),
        EF06_3="4E14" + raw[30:].ljust(20, b"\0").hex(),
    )
    assert held(card).read().holder.name.reveal() == name


@pytest.mark.parametrize("filler", ["00", "20", "FF"])
def test_fillers(virtual_card: Make, held: Hold, filler: str) -> None:
    """Issuing software fills text with 00, blanks or FF; none of it belongs to the name."""
    card = altered(
        virtual_card("gen2"),
        EF06_2="091E" + "B2E2CAD4" + filler * 26,
        EF06_3="4E14" + filler * 20,
        EF05_7="0709" + "413132333435363734",
    )
    reading = held(card).read()
    assert reading.holder.name.reveal() == "测试"
    assert codes(reading) == []


@pytest.mark.parametrize("name", ["新䶮", "阿·玛", "㐁𠀀"])
def test_rare_characters(virtual_card: Make, held: Hold, name: str) -> None:
    """Names that GBK lacks are still names: GB 18030 has them."""
    raw = name.encode("gb18030")
    card = altered(virtual_card("gen2"), EF06_2="091E" + raw.ljust(30, b"\0").hex())
    assert held(card).read().holder.name.reveal() == name


def test_ascii_dates(virtual_card: Make, held: Hold) -> None:
    """A test card of 2012 held its dates as text (§2.2)."""
    card = altered(
        virtual_card("gen2"),
        EF05_5="0508" + b"20120405".hex(),
        EF05_6="0608" + b"20220405".hex(),
        EF06_7="0D08" + b"19851224".hex(),
    )
    reading = held(card).read()
    assert reading.card.issue_date == date(2012, 4, 5)
    assert reading.card.expiry_date == date(2022, 4, 5)
    assert reading.holder.birth_date.reveal() == date(1985, 12, 24)
    assert codes(reading) == ["ascii_date"] * 3


@pytest.mark.parametrize("raw", ["FFFFFFFF", "00000000"])
def test_unused_dates(virtual_card: Make, held: Hold, raw: str) -> None:
    """A date of filler is a missing one, not an error."""
    reading = held(altered(virtual_card("gen2"), EF05_6="0604" + raw)).read()
    assert reading.card.expiry_date is None
    assert codes(reading) == ["missing_item"]


@pytest.mark.parametrize("raw", ["20221332", "20220230", "2022ABCD", "EEEEEEEE"])
def test_impossible_dates(virtual_card: Make, held: Hold, raw: str) -> None:
    """A date that the calendar lacks is left out and said."""
    reading = held(altered(virtual_card("gen2"), EF05_6="0604" + raw)).read()
    assert reading.card.expiry_date is None
    assert codes(reading) == ["bad_date"]


def test_long_card_number(virtual_card: Make, held: Hold) -> None:
    """Longer records exist; the first nine characters count (§2.2)."""
    card = altered(virtual_card("gen2"), EF05_7="070C" + b"A12345674ABC".hex())
    reading = held(card).read()
    assert reading.card.card_number.reveal() == "A12345674"
    assert reading.card.card_number_check
    assert codes(reading) == ["long_card_number"]


def test_card_number_with_a_wrong_check(virtual_card: Make, held: Hold) -> None:
    """Warn, don't refuse: cards in the field fail the check (§6.2); mask it in the warning."""
    reading = held(altered(virtual_card("gen2"), EF05_7="0709" + b"A12345675".hex())).read()
    assert reading.card.card_number.reveal() == "A12345675"
    assert not reading.card.card_number_check
    (note,) = reading.notes.collected
    assert note.code == "bad_card_number"
    assert "A1234" not in note.message("zh")


@pytest.mark.parametrize(
    ("raw", "generation", "said"),
    [
        ("312E3030", 1, []),
        ("322E3030", 2, []),
        ("322E3000", 2, ["short_version"]),
        ("322E3031", 2, []),
        ("00000000", 1, ["missing_item"]),
        ("392E3939", 2, ["unknown_version"]),
    ],
)
def test_versions(
    virtual_card: Make, held: Hold, raw: str, generation: int, said: list[str]
) -> None:
    """The first three characters decide, empty means 1.0 (§0, fact 8)."""
    reading = held(altered(virtual_card("gen2"), EF05_3="0304" + raw)).read()
    assert reading.generation == generation
    assert codes(reading) == said


def test_missing_records(virtual_card: Make, held: Hold) -> None:
    """Items that the card lacks are null, each with a warning; the rest is there."""
    card = virtual_card("gen2")
    for number, record in enumerate(
        [card.memory.read(f"SSSE.EF06.{each}") for each in (1, 2, 7)], 1
    ):
        card.memory.write(f"SSSE.EF06.{number}", record)
    card.memory.write("SSSE.EF06.count", b"\x03")
    reading = held(card).read()
    assert reading.holder.name is not None
    assert reading.holder.birth_date is not None
    assert (reading.holder.sex, reading.holder.ethnic_group) == (None, None)
    assert codes(reading) == ["missing_item"] * 3


def test_records_in_another_order(virtual_card: Make, held: Hold) -> None:
    """A tag says what a record is, its number does not (V1.0 numbers differ, §2.2)."""
    plain = held(virtual_card("gen2")).read()
    card = virtual_card("gen2")
    records = [card.memory.read(f"SSSE.EF06.{each}") for each in range(1, 8)]
    for number, record in enumerate(reversed(records), 1):
        card.memory.write(f"SSSE.EF06.{number}", record)
    assert held(card).read().holder == plain.holder


def test_unknown_codes(virtual_card: Make, held: Hold) -> None:
    """A code that no table has is shown as it is, without a name."""
    card = altered(virtual_card("gen2"), EF06_4="0A0137", EF06_6="0C03998877")
    reading = held(card).read()
    assert (reading.holder.sex.code, reading.holder.sex.name) == ("7", None)
    assert (reading.holder.birthplace.code, reading.holder.birthplace.name) == ("998877", None)
    assert codes(reading) == ["unknown_code"] * 2


def test_odd_fci(virtual_card: Make, held: Hold) -> None:
    """A broken FCI costs the algorithm's name, not the holder."""
    card = virtual_card("gen2")
    broken = Mutated(
        card, lambda _, answer: b"\x6f\x7f\x84" + answer[3:] if answer[:1] == b"\x6f" else answer
    )
    reading = held(broken).read()
    assert reading.holder.name is not None
    assert codes(reading) == ["odd_fci"]


def test_long_form_of_a_length(virtual_card: Make, held: Hold) -> None:
    """A length in two bytes is as good as one in one; nothing is odd about it."""

    def longer(_: bytes, answer: bytes) -> bytes:
        return b"\x6f\x81" + answer[1:] if answer[:1] == b"\x6f" else answer

    reading = held(Mutated(virtual_card("gen3", interface="contactless"), longer)).read()
    assert reading.algorithm.label == "sm4"
    assert codes(reading) == []


def test_whole_file_answer_cut_short(virtual_card: Make, held: Hold) -> None:
    """A card that cuts its long answers is read record by record, and nothing is lost."""
    plain = held(virtual_card("gen2")).read()

    def cut(command: bytes, answer: bytes) -> bytes:
        if command[1] == 0xB2 and command[3] & 7 == 5 and len(answer) > 2:
            return answer[:30] + answer[-2:]
        return answer

    reading = held(Mutated(virtual_card("gen2"), cut)).read()
    assert reading.holder == plain.holder
    assert reading.card == plain.card
    assert "odd_records" in codes(reading)


@pytest.mark.parametrize(
    ("record", "raw"),
    [
        ("EF06_2", "091E" + "81FF" + "00" * 28),
        ("EF06_2", "091E" + "FE" * 29 + "00"),
        ("EF06_1", "0812" + "80" * 18),
        ("EF05_7", "0709" + "FFFE80818283848586"),
    ],
)
def test_text_that_is_none(virtual_card: Make, held: Hold, record: str, raw: str) -> None:
    """Invalid GB 18030 is an error: no partial holder is shown as complete."""
    with pytest.raises(DataDamaged):
        held(altered(virtual_card("gen2"), **{record: raw})).read()


def test_lengths_beyond_the_data(virtual_card: Make, held: Hold) -> None:
    """A record that announces more than it has is damage, every way it is read."""
    card = altered(virtual_card("gen2"), EF06_2="0950" + "B2E2CAD4" * 4)
    with pytest.raises(DataDamaged):
        held(card).read()
