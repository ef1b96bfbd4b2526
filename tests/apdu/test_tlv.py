"""BER-TLV: the FCI of real cards, lossless round trip, and data that is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tlv
from apdu.errors import TlvError

GEN2 = bytes.fromhex("6F16840F7378312E73682EC9E7BBE1B1A3D5CFA50388011E")
GEN3 = bytes.fromhex("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860103")


def test_fci_of_generation_2() -> None:
    """Reference §1.3: a name and, below A5, the directory's short file id."""
    objects = tlv.parse(GEN2)
    name = tlv.find(objects, 0x6F, 0x84)
    directory = tlv.find(objects, 0x6F, 0xA5, 0x88)
    assert name is not None
    assert name.value == bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
    assert directory is not None
    assert directory.value == b"\x1e"
    assert tlv.find(objects, 0x6F, 0xA5, 0x9F0C) is None
    assert tlv.encode(objects) == GEN2


def test_fci_of_generation_3() -> None:
    """Reference §1.3: 9F0C is primitive by its tag and holds a TLV all the same."""
    named = tlv.find(tlv.parse(GEN3), 0x6F, 0xA5, 0x9F0C)
    assert named is not None
    assert named.children == ()
    inside = tlv.find(tlv.parse(named.value), 0x86)
    assert inside is not None
    assert inside.value == b"\x03"


PRIMITIVE = st.sampled_from([0x01, 0x4F, 0x50, 0x84, 0x88, 0x9F08, 0x9F0C, 0x5F20, 0xDF7F])
CONSTRUCTED = st.sampled_from([0x61, 0x6F, 0xA5, 0xBF0C, 0x7F49, 0xE1])


def objects() -> st.SearchStrategy[tlv.Tlv]:
    leaf = st.builds(tlv.build, PRIMITIVE, st.binary(max_size=300))
    return st.recursive(
        leaf,
        lambda inner: st.builds(tlv.build, CONSTRUCTED, st.lists(inner, max_size=3)),
        max_leaves=5,
    )


@given(st.lists(objects(), max_size=4))
def test_built_objects_are_parsed(built: list[tlv.Tlv]) -> None:
    """Every object that can be built is found again, with the same tree."""
    assert tlv.parse(tlv.encode(built)) == tuple(built)


@given(st.binary(max_size=200))
def test_parsing_loses_nothing(raw: bytes) -> None:
    """What parses encodes to the same bytes: long lengths and padding included."""
    try:
        parsed = tlv.parse(raw)
    except TlvError:
        return
    assert tlv.encode(parsed) == raw


def test_odd_but_legal_forms_survive() -> None:
    """A length written longer than it need be, and padding, are kept as they stood."""
    raw = bytes.fromhex("0000 8481 02 AABB 00 8800")
    parsed = tlv.parse(raw)
    assert [each.tag for each in parsed] == [tlv.PADDING, 0x84, tlv.PADDING, 0x88]
    assert tlv.encode(parsed) == raw


@pytest.mark.parametrize(
    ("raw", "offset"),
    [
        ("84", 0),
        ("840A00", 0),
        ("8401AA 8405AA", 3),
        ("6F04 8401AA 88", 5),
        ("6F03 840500", 2),
        ("8480", 1),
        ("84850000000000", 1),
        ("8482 01", 1),
        ("9F", 0),
        ("9F8080808001", 0),
        ("DFFF", 0),
    ],
)
def test_errors_name_the_place(raw: str, offset: int) -> None:
    """Who debugs a card's answer needs the byte where it breaks, in the whole answer."""
    with pytest.raises(TlvError) as caught:
        tlv.parse(bytes.fromhex(raw))
    assert caught.value.offset == offset


def test_depth_is_limited() -> None:
    """A hostile card nests without end; the parser does not."""
    raw = b""
    for _ in range(tlv.MAX_DEPTH + 1):
        raw = tlv.build(0x6F, raw).encode()
    with pytest.raises(TlvError, match="deeply"):
        tlv.parse(raw)


def test_number_of_objects_is_limited() -> None:
    """64 KiB of empty objects are not worth a list of 32,768."""
    with pytest.raises(TlvError, match="more than"):
        tlv.parse(bytes.fromhex("8400") * (tlv.MAX_OBJECTS + 1))
    with pytest.raises(TlvError, match="more than"):
        tlv.parse(tlv.build(0x6F, bytes.fromhex("8400") * (tlv.MAX_OBJECTS + 1)).encode())
