"""Every structure that a profile describes agrees with bytes and lists from outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from places import (
    EVERY_PLACE,
    EVERY_VECTOR,
    Place,
    without_vectors,
)

from apdu import simple_tlv
from apdu.layout import Layout
from card_profiles import identifiers, park_pass
from card_profiles import social_security as ssse
from card_profiles.fields import An, Cn, HexDigits
from card_profiles.model import (
    REFERENCE,
    RULE,
    ElementaryFile,
    Vector,
    vector,
)
from card_profiles.profiles import GEN1, PROFILES

# Vectors -----------------------------------------------------------------------------------


def test_every_item_has_a_vector() -> None:
    """Terminal and emulator share the profile, so only bytes from outside can show a mistake."""
    missing = without_vectors(PROFILES.values())
    assert not missing, f"no vector: {', '.join(missing)}"


def test_an_item_without_vectors_is_named() -> None:
    """A check that cannot fail guards nothing, and a failure must say where."""
    first = ssse.CARD_FILE.items[0]
    bare = replace(ssse.CARD_FILE, items=(replace(first, vectors=()),))
    made_up = replace(GEN1, environment=ssse.environment(bare))
    assert without_vectors([GEN1, made_up]) == ["gen1/SSSE/EF05/01 card_id"]


@pytest.mark.parametrize(("place", "example"), EVERY_VECTOR)
def test_vector_decodes(place: Place, example: Vector) -> None:
    """What a card holds must read as the value that an outside source gives for it."""
    assert place.item.field.decode(example.raw) == example.value


@pytest.mark.parametrize(("place", "example"), EVERY_VECTOR)
def test_vector_encodes(place: Place, example: Vector) -> None:
    """What is written must be the bytes themselves, or for other writers' bytes mean the same."""
    field = place.item.field
    written = field.encode(example.value)
    if example.one_way:
        assert written != example.raw
        assert field.decode(written) == example.value
    else:
        assert written == example.raw


def test_every_vector_says_where_it_comes_from() -> None:
    """A vector counts by its source; a third kind would be one that nobody has agreed on."""
    assert {each.source for place in EVERY_PLACE for each in place.item.vectors} == {
        REFERENCE,
        RULE,
    }


def test_coded_values_of_vectors_are_in_their_table() -> None:
    """A vector with a code that its table lacks would hide that table and field do not fit."""
    coded = [
        (place, place.item.field.table, each.value)
        for place in EVERY_PLACE
        if isinstance(place.item.field, An | Cn) and place.item.field.table is not None
        for each in place.item.vectors
        if each.value is not None
    ]
    assert {place.item.name for place, _, _ in coded} >= {
        "sex",
        "nationality",
        "insured_region",
        "household_class",
    }
    wrong = [f"{place}: {code}" for place, table, code in coded if code not in table]
    assert not wrong


# Card id and organisation (HexDigits) are on every card: their type has no "unused". Nor have the
# purse's files, which are blank where all is 00.
@pytest.mark.parametrize(
    "place",
    [
        place
        for place in EVERY_PLACE
        if not isinstance(place.item.field, HexDigits) and not place.application.foreign
    ],
    ids=str,
)
def test_nothing_encodes_as_unused(place: Place) -> None:
    """A blank card is made of fields that were given no value, and must read as empty."""
    raw = place.item.field.encode(None)
    assert len(raw) == place.item.field.size
    value = place.item.field.decode(raw)
    assert value is None or set(value.values()) == {None}


# Layouts -----------------------------------------------------------------------------------

LAYOUT_VECTORS: dict[str, tuple[Vector, ...]] = {
    # §6.1, §11 and the cards P1 and P2 of card-interface-functions.md §12.
    "CARD_ID": (
        vector(
            "110000 D156000005 00000001 FFFFFFFF",
            {
                "region": "110000",
                "provider": b"\xd1\x56\x00\x00\x05",
                "serial": b"\x00\x00\x00\x01",
                "authentication": b"\xff\xff\xff\xff",
            },
            REFERENCE,
        ),
        vector(
            "510100 D156000005 0000002A 0B1C2D3E",
            {
                "region": "510100",
                "provider": b"\xd1\x56\x00\x00\x05",
                "serial": b"\x00\x00\x00\x2a",
                "authentication": b"\x0b\x1c\x2d\x3e",
            },
            REFERENCE,
        ),
    ),
    # §2.2, tag 04: the standard's own example.
    "ORGANISATION": (
        vector(
            "9156000002 110000 110100 02",
            {
                "prefix": "9156000002",
                "region": "110000",
                "organisation_region": "110100",
                "sequence": "02",
            },
            REFERENCE,
        ),
    ),
    # §7 and the ATRs of P1 and P2.
    "HISTORICAL": (
        vector(
            "0081 544C97 8684 1100 00000001",
            {
                "chip_maker": b"\x00\x81",
                "cos": b"\x54\x4c\x97",
                "card_maker": b"\x86\x84",
                "region": "1100",
                "serial": b"\x00\x00\x00\x01",
            },
            REFERENCE,
        ),
        vector(
            "0087 CF2001 8649 5101 0000002A",
            {
                "chip_maker": b"\x00\x87",
                "cos": b"\xcf\x20\x01",
                "card_maker": b"\x86\x49",
                "region": "5101",
                "serial": b"\x00\x00\x00\x2a",
            },
            REFERENCE,
        ),
    ),
}


def test_every_layout_of_identifiers_has_vectors() -> None:
    """A layout that is added without bytes from outside would only agree with itself."""
    layouts = {name for name, value in vars(identifiers).items() if isinstance(value, Layout)}
    assert layouts == set(LAYOUT_VECTORS)


@pytest.mark.parametrize("name", LAYOUT_VECTORS)
def test_layout_vectors(name: str) -> None:
    """Identifiers are cut at fixed places; one byte off names another region or another card."""
    layout: Layout = getattr(identifiers, name)
    for each in LAYOUT_VECTORS[name]:
        assert layout.decode(each.raw) == each.value
        assert layout.encode(each.value) == each.raw


# Whole files -------------------------------------------------------------------------------

# The sample of §11, byte for byte.
SAMPLE_CARD = vector(
    "0110110000D15600000500000001FFFFFFFF 020133 0304332E3030 040C915600000211000011010002"
    " 050420260101 060420360101 0709413132333435363734",
    {
        "card_id": "110000D15600000500000001FFFFFFFF",
        "card_class": "3",
        "specification_version": "3.00",
        "initialising_organisation": "915600000211000011010002",
        "issue_date": date(2026, 1, 1),
        "expiry_date": date(2036, 1, 1),
        "card_number": "A12345674",
    },
    REFERENCE,
)
SAMPLE_HOLDER = vector(
    "0812303030303030313939303031303130303138 091EB2E2CAD4BFA8 00*24 4E14 00*20"
    " 0A0131 0B0101 0C03110000 0D0419900101",
    {
        "social_security_number": "000000199001010018",
        "name": "测试卡",
        "name_extension": None,
        "sex": "1",
        "ethnic_group": "01",
        "birthplace": "110000",
        "birth_date": date(1990, 1, 1),
    },
    REFERENCE,
)


@pytest.mark.parametrize(
    ("file", "sample", "size"),
    [(ssse.CARD_FILE, SAMPLE_CARD, 64), (ssse.HOLDER_FILE_V3, SAMPLE_HOLDER, 91)],
    ids=["EF05", "EF06"],
)
def test_sample_file_is_built_byte_for_byte(
    file: ElementaryFile, sample: Vector, size: int
) -> None:
    """The items' vectors do not show their order, their tags or their lengths; a file does."""
    built = simple_tlv.encode(
        simple_tlv.Record(item.tag, item.field.encode(sample.value[item.name]))
        for item in file.items
    )
    assert built == sample.raw
    assert len(built) == file.total_size == size
    assert {
        file.item(record.tag).name: file.item(record.tag).field.decode(record.value)
        for record in simple_tlv.parse(sample.raw)
    } == sample.value


@pytest.mark.parametrize(
    ("file", "size"),
    [
        (ssse.CARD_FILE, 64),
        (ssse.HOLDER_FILE_V2, 91),
        (ssse.HOLDER_FILE_V1, 69),
        (ssse.PHOTO_FILE, 4096),
        (ssse.FINGERPRINT_FILE, 768),
        (park_pass.PASSES_FILE, 8 * 28),
    ],
    ids=["EF05", "EF06", "EF06 V1.0", "EF08", "EF07", "passes"],
)
def test_total_sizes(file: ElementaryFile, size: int) -> None:
    """Drivers in the field read whole files with these very lengths (reference §4.1)."""
    assert file.total_size == size
