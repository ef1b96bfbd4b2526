"""The card's one-byte simple TLV: the sample files of the reference, and broken ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import simple_tlv
from apdu.errors import TlvError
from apdu.simple_tlv import Record

# Reference social-security-card.md §11, sample EF05.
EF05 = bytes.fromhex(
    "0110110000D15600000500000001FFFFFFFF 020133 0304332E3030 040C915600000211000011010002"
    "050420260101 060420360101 0709413132333435363734"
)


def test_sample_file() -> None:
    """The reference's own bytes come apart into the seven records it lists."""
    records = simple_tlv.parse(EF05)
    assert [each.tag for each in records] == [1, 2, 3, 4, 5, 6, 7]
    assert [len(each.value) for each in records] == [0x10, 1, 4, 0x0C, 4, 4, 9]
    assert simple_tlv.encode(records) == EF05


@given(st.lists(st.builds(Record, st.integers(0, 255), st.binary(max_size=255)), max_size=10))
def test_round_trip(records: list[Record]) -> None:
    """Length FF is 255 bytes here and no escape to a longer form."""
    assert simple_tlv.parse(simple_tlv.encode(records)) == tuple(records)


@pytest.mark.parametrize(("raw", "offset"), [("01", 0), ("0102AA", 0), ("0101AA0210", 3)])
def test_errors_name_the_place(raw: str, offset: int) -> None:
    """What stands before the broken record can still be used."""
    with pytest.raises(TlvError) as caught:
        simple_tlv.parse(bytes.fromhex(raw))
    assert caught.value.offset == offset


def test_too_long_a_value() -> None:
    """A value that does not fit one length byte must not be cut silently."""
    with pytest.raises(TlvError):
        Record(1, bytes(256)).encode()
