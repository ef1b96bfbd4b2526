"""The texts and areas of identity documents against the layouts of the reference (§6.4).

The bytes are put together by offset (tests/support/id_readers.py), apart from the codec; the
persons are made up.
"""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from id_readers import CITIZEN, FOREIGNER, FOREIGNER_FIRST, LAYOUTS, PERMIT, PHOTO, answer, text_of

from apdu.errors import EncodingError
from apdu.sam_a_areas import Areas, Finger, decode_address, encode_address
from apdu.sam_a_document import (
    CitizenText,
    ForeignerFirstText,
    ForeignerText,
    IdText,
    Kind,
    PermitText,
    UnknownKind,
    cut,
    decode_text,
    is_full,
    kind_of,
    name_cell,
    units,
)

BORN, FROM, UNTIL = date(1890, 1, 1), date(2020, 1, 1), date(2040, 1, 1)
ISSUER = "北京市公安局测试分局"
TEXTS: dict[str, IdText] = {
    "citizen": CitizenText(
        "测试甲",
        "1",
        "01",
        BORN,
        "北京市测试区样张街道1号",
        "110103189001010019",
        ISSUER,
        FROM,
        UNTIL,
    ),
    "permit": PermitText(
        "测试乙",
        "2",
        BORN,
        "北京市测试区样张街道2号",
        "810000189001010028",
        ISSUER,
        FROM,
        UNTIL,
        "H00000000",
        "01",
    ),
    "foreigner-first": ForeignerFirstText(
        "TEST, PERSON", "1", "FRA119990010101", "FRA", "测试丙", FROM, UNTIL, BORN, "01", "1500"
    ),
    "foreigner": ForeignerText(
        "测试丁",
        "2",
        "00",
        BORN,
        "TEST, PERSON TWO",
        "911250189001010027",
        FROM,
        UNTIL,
        "FRA",
        "",
    ),
}
RARE = "㐂𠮷䶮·"
GOLDEN_START = bytes.fromhex("4B 6D D5 8B 32 75 20 00")
"""测试甲 and the first space."""


# --- The four layouts -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_golden_texts(kind: str) -> None:
    """Both sides share this codec, so the cells were put at the reference's offsets by hand."""
    raw = text_of(LAYOUTS[kind])
    assert len(raw) == 256
    assert decode_text(raw) == TEXTS[kind]
    assert TEXTS[kind].encode() == raw


def test_golden_bytes() -> None:
    """UTF-16LE, spaces behind it: the first bytes are written out once."""
    assert text_of(CITIZEN).startswith(GOLDEN_START)
    assert TEXTS["citizen"].encode().startswith(GOLDEN_START)


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_sizes(kind: str) -> None:
    """Every layout fills its 256 bytes: a cell too short would move all behind it."""
    assert type(TEXTS[kind]).LAYOUT.size == 256


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (CITIZEN, Kind.CITIZEN),
        (PERMIT, Kind.RESIDENCE_PERMIT),
        (FOREIGNER_FIRST, Kind.FOREIGNER_FIRST),
        (FOREIGNER, Kind.FOREIGNER),
        (CITIZEN | {248: "\0"}, Kind.CITIZEN),
    ],
)
def test_the_letter_decides(cells: dict[int, str], kind: Kind) -> None:
    """The letter at 248 tells the layout, a space (or zero) a citizen's."""
    assert kind_of(text_of(cells)) is kind


def test_an_unknown_letter() -> None:
    """A kind that comes after this program is not read as a citizen's card."""
    with pytest.raises(UnknownKind) as raised:
        decode_text(text_of(CITIZEN | {248: "Q"}))
    assert raised.value.letter == "Q"


characters = st.characters(
    min_codepoint=0x21, max_codepoint=0x3FFFD, exclude_categories=("Cs", "Cc", "Zs")
)
texts = st.text(characters, max_size=7)  # at most fourteen units
days = st.dates(date(1000, 1, 1), date(9999, 12, 31))


@given(name=texts, address=st.text(characters, max_size=17), birth=days, until=days | st.none())
def test_there_and_back(name: str, address: str, birth: date, until: date | None) -> None:
    """Whatever fits the cells comes back as it was, rare characters and 长期 too."""
    text = TEXTS["citizen"]
    assert isinstance(text, CitizenText)
    text = replace(text, name=name, address=address, birth=birth, valid_until=until)
    assert decode_text(text.encode()) == text


@given(first=st.text("AB ", max_size=35), rest=st.text("CD", max_size=11))
def test_english_names_over_two_cells(first: str, rest: str) -> None:
    """A space at the border of the two cells belongs to the name, not to what fills a cell."""
    name = (first.ljust(35, "E") + rest).strip()
    text = TEXTS["foreigner"]
    assert isinstance(text, ForeignerText)
    text = replace(text, english_name=name)
    assert decode_text(text.encode()) == text


def test_where_the_second_cell_is() -> None:
    """Characters 36 to 46 of the English name stand at 220."""
    text = TEXTS["foreigner"]
    assert isinstance(text, ForeignerText)
    long = replace(text, english_name="A" * 34 + " " + "B" * 11)
    assert long.encode() == text_of(FOREIGNER | {52: "A" * 34 + " ", 220: "B" * 11})


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_rare_names(kind: str) -> None:
    """Rare characters are somebody's name: 𠮷 takes two units, and the middle dot one."""
    changed = replace(TEXTS[kind], name=RARE)
    found = decode_text(changed.encode())
    assert found.name == RARE
    assert units(RARE) == 5


def test_without_end() -> None:
    """长期 is a validity without a last day; padded by spaces like everything."""
    found = decode_text(text_of(CITIZEN | {204: "长期      "}))
    assert found.valid_until is None
    assert found.encode() == text_of(CITIZEN | {204: "长期      "})


# --- Names that fill their cell -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "full"),
    [("测试", False), ("测" * 14, False), ("测" * 15, True), ("测" * 13 + "𠮷", True)],
)
def test_full_cells(name: str, full: bool) -> None:
    """A name of fifteen units may go on on the document (R-FIN-CHECK)."""
    assert is_full(name_cell(text_of(CITIZEN | {0: name}))) is full


def test_the_name_cell_of_each_layout() -> None:
    """The first foreigner's card has its Chinese name elsewhere."""
    for cells, at in ((CITIZEN, 0), (PERMIT, 0), (FOREIGNER, 0), (FOREIGNER_FIRST, 158)):
        raw = text_of(cells | {at: "字" * 15})
        assert name_cell(raw) == ("字" * 15).encode("utf-16-le")


def test_half_a_character_at_the_end() -> None:
    """A chip may cut a rare character in two; the half is dropped, and the cell counts as full."""
    raw = text_of(CITIZEN | {0: "测" * 14 + "\ud842"})
    assert decode_text(raw).name == "测" * 14
    assert is_full(name_cell(raw))


@pytest.mark.parametrize(
    ("text", "most", "parts"),
    [
        ("甲乙丙", 2, ("甲乙", "丙")),
        ("甲𠮷丙", 2, ("甲", "𠮷丙")),
        ("甲𠮷丙", 3, ("甲𠮷", "丙")),
        ("甲", 5, ("甲", "")),
        ("𠮷", 1, ("", "𠮷")),
        ("", 1, ("", "")),
    ],
)
def test_cutting(text: str, most: int, parts: tuple[str, str]) -> None:
    """A text is parted between characters, never inside one."""
    assert cut(text, most) == parts


# --- What is refused ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cells",
    [
        {36: "18900230"},
        {36: "1890010 "},
        {36: "        "},
        {36: "１８９００１０１"},
        {204: "长期有效    "},
        {0: "\ud842测"},
        {0: "测\ud842"},
        {0: "测\n试"},
        {0: "测\0试"},
    ],
)
def test_texts_that_are_none(cells: dict[int, str]) -> None:
    """A day that is none, half a character, a control code: damaged, and nothing of it is shown."""
    with pytest.raises(EncodingError) as raised:
        decode_text(text_of(CITIZEN | cells))
    assert "测" not in str(raised.value)
    assert "1890" not in str(raised.value)


@pytest.mark.parametrize("size", [0, 255, 257])
def test_texts_of_another_size(size: int) -> None:
    """A text has 256 bytes."""
    with pytest.raises(EncodingError):
        decode_text(bytes(size))


@pytest.mark.parametrize(
    ("item", "value"),
    [("name", "测" * 16), ("name", "测" * 14 + "𠮷"), ("name", "\ud842"), ("number", "1" * 19)],
)
def test_what_does_not_fit_is_not_written(item: str, value: str) -> None:
    """Nothing is cut in silence; the message names the item, not the person."""
    with pytest.raises(EncodingError, match=item) as raised:
        replace(TEXTS["citizen"], **{item: value}).encode()
    assert "测" not in str(raised.value)


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_nothing_is_shown(kind: str) -> None:
    """A repr may end in a log; it has no item at all."""
    text = TEXTS[kind]
    assert repr(text) == f"{type(text).__name__}()"
    assert fields(text)
    areas = Areas(text.encode(), PHOTO, (Finger(11, 90, bytes(505)),))
    assert repr([areas, areas.fingers]) == "[Areas(), (Finger(),)]"


# --- The newest address and the areas -------------------------------------------------------


def test_newest_address() -> None:
    """35 units in 70 bytes, and nothing longer."""
    data = "测试路9号".encode("utf-16-le") + 30 * b" \0"
    assert decode_address(data) == "测试路9号"
    assert encode_address("测试路9号") == data
    with pytest.raises(EncodingError):
        encode_address("路" * 36)
    with pytest.raises(EncodingError):
        decode_address(data[:-2])
    with pytest.raises(EncodingError):
        decode_address(b"\n\0" + data[2:])


BLOCK = bytes(4) + b"\x01\x0b\x5a" + b"\x22" * 505
FINGER = Finger(11, 90, b"\x22" * 505)
TEXT = text_of(CITIZEN)


def test_golden_areas() -> None:
    """Lengths first, big endian, then text and photo; the whole answer has 1295 bytes, Len 0508."""
    areas = Areas(TEXT, PHOTO)
    data = b"\x01\x00\x04\x00" + TEXT + PHOTO
    assert areas.encode() == data
    assert Areas.decode(data) == areas
    wire = answer(0x90, data)
    assert (len(wire), wire[5:7]) == (1295, b"\x05\x08")


@pytest.mark.parametrize(
    ("count", "total", "length"), [(0, 1297, "050A"), (1, 1809, "070A"), (2, 2321, "090A")]
)
def test_golden_areas_with_fingers(count: int, total: int, length: str) -> None:
    """The totals are those that are quoted, also for cards without fingerprints (§6.4)."""
    areas = Areas(TEXT, PHOTO, (FINGER,) * count)
    data = b"\x01\x00\x04\x00" + (512 * count).to_bytes(2, "big") + TEXT + PHOTO + BLOCK * count
    assert areas.encode(with_fingers=True) == data
    assert Areas.decode(data, with_fingers=True) == areas
    wire = answer(0x90, data)
    assert (len(wire), wire[5:7].hex().upper()) == (total, length)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        b"\x01\x00\x04\x00" + TEXT + PHOTO[1:],
        b"\x01\x00\x04\x00" + TEXT + PHOTO + b"\0",
        b"\x00\xff\x04\x01" + TEXT + PHOTO,
        b"\x01\x00\x04\x00\x00\x00" + TEXT + PHOTO,
    ],
)
def test_areas_that_are_none(data: bytes) -> None:
    """Every length has to be right: a photo moved by a byte is nobody's."""
    with pytest.raises(EncodingError):
        Areas.decode(data)


@pytest.mark.parametrize(
    ("size", "blocks"),
    [(511, BLOCK[:-1]), (1536, BLOCK * 3), (512, b"\0" * 512), (512, BLOCK * 2)],
)
def test_fingers_that_are_none(size: int, blocks: bytes) -> None:
    """Whole blocks, two at most, each with its flag."""
    data = b"\x01\x00\x04\x00" + size.to_bytes(2, "big") + TEXT + PHOTO + blocks
    with pytest.raises(EncodingError):
        Areas.decode(data, with_fingers=True)


@pytest.mark.parametrize(
    "areas",
    [
        Areas(TEXT[1:], PHOTO),
        Areas(TEXT, PHOTO[1:]),
        Areas(TEXT, PHOTO, (FINGER,) * 3),
        Areas(TEXT, PHOTO, (Finger(1, 1, b""),)),
    ],
)
def test_areas_that_cannot_be_written(areas: Areas) -> None:
    """The emulator's cards are held to the same lengths."""
    with pytest.raises(EncodingError):
        areas.encode(with_fingers=True)
