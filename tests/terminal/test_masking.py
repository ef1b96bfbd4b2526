"""Personal data does not show by accident."""

import json
import pickle
from datetime import date

import pytest

from terminal.masking import Masked, mask_day, mask_name, mask_number


@pytest.mark.parametrize(
    ("mask", "text", "shown"),
    [
        (mask_name, "测试甲", "测**"),
        (mask_name, "阿依古丽·买买提", "阿*******"),
        (mask_name, "王", "王"),
        (mask_number, "000000199001010018", "**************0018"),
        (mask_number, "A12345674", "*****5674"),
        (mask_number, "1234", "****"),
        (mask_number, "1100000000000001FFFFFFFF", "************0001FFFFFFFF"),
        (mask_number, "1234FFFF", "****FFFF"),
        (mask_day, "1990-01-01", "****-**-**"),
    ],
)
def test_masks(mask: object, text: str, shown: str) -> None:
    """First character of a name, last four of a number, nothing of a birth date."""
    assert callable(mask)
    assert mask(text) == shown


def test_text_forms_are_masked() -> None:
    """Logs, f-strings and tracebacks print these forms; only reveal() shows."""
    value = Masked("000000199001010018", mask_number)
    for text in (str(value), repr(value), f"{value}", f"{value:>20}", f"{[value]}"):
        assert "1990" not in text
    assert value.reveal() == "000000199001010018"
    assert value == Masked("000000199001010018", mask_number)
    assert "1990" not in str(Masked(date(1990, 1, 1), mask_day))


def test_serialising_is_refused() -> None:
    """Personal data must not leave inside something else unnoticed."""
    value = Masked("000000199001010018", mask_number)
    with pytest.raises(TypeError):
        pickle.dumps(value)
    with pytest.raises(TypeError):
        json.dumps(value)
