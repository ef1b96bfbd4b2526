"""Fields and layouts: bytes of fixed places, both ways, and what does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.errors import LayoutError
from apdu.layout import Layout, Raw, Uint

# The shape of a purse's answer to INITIALIZE FOR LOAD, with its published vector LOAD-05's sizes.
SAMPLE = Layout("sample", {"balance": Uint(4), "counter": Uint(2), "random": Raw(4)})


def test_bytes_and_values() -> None:
    """Numbers are big endian and stand in the declared order."""
    raw = bytes.fromhex("0000001A 0017 06B825D7")
    values = {"balance": 26, "counter": 23, "random": bytes.fromhex("06B825D7")}
    assert SAMPLE.size == 10
    assert SAMPLE.decode(raw) == values
    assert SAMPLE.encode(values) == raw


@given(st.binary(min_size=10, max_size=10))
def test_round_trip(raw: bytes) -> None:
    """Ten bytes are always a sample, and no bit of them is lost."""
    assert SAMPLE.encode(SAMPLE.decode(raw)) == raw


@pytest.mark.parametrize("size", [0, 9, 11])
def test_wrong_size(size: int) -> None:
    """A record cut short must not be read as if it were whole."""
    with pytest.raises(LayoutError, match="sample has 10 bytes"):
        SAMPLE.decode(bytes(size))


@pytest.mark.parametrize(
    "values",
    [
        {"balance": 1 << 32, "counter": 0, "random": bytes(4)},
        {"balance": -1, "counter": 0, "random": bytes(4)},
        {"balance": 0, "counter": 0, "random": bytes(3)},
        {"balance": 0, "counter": 0},
        {"balance": 0, "counter": 0, "random": bytes(4), "more": 1},
    ],
)
def test_values_that_do_not_fit(values: dict[str, int | bytes]) -> None:
    """An amount too large for its place must not wrap round."""
    with pytest.raises(LayoutError):
        SAMPLE.encode(values)
