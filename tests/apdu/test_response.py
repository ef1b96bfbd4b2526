"""Responses: data and status word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import EncodingError
from apdu.response import Response, parse_response


@given(data=st.binary(max_size=300), sw=st.integers(0, 0xFFFF))
def test_round_trip(data: bytes, sw: int) -> None:
    """The card's bytes are split and joined without loss."""
    response = parse_response(Response(data, sw).encode())
    assert (response.data, response.sw) == (data, sw)
    assert response.ok is (sw == 0x9000)


@pytest.mark.parametrize("raw", [b"", b"\x90"])
def test_too_short(raw: bytes) -> None:
    """Half a status word is no answer."""
    with pytest.raises(EncodingError):
        parse_response(raw)


def test_text_form_hides_data() -> None:
    """An answer in a log must not show the holder."""
    assert "B2E2" not in repr(Response(bytes.fromhex("B2E2"), 0x9000)).upper()
