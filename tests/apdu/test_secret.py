"""Secrets do not show by accident."""

import json
import pickle

import pytest

from apdu.secret import Secret

KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF")


def test_text_forms_are_masked() -> None:
    """Logs, f-strings and tracebacks print these forms."""
    secret = Secret(KEY)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r}", f"{[secret]}"):
        assert "1122" not in text
        assert str(KEY) not in text


def test_serialising_is_refused() -> None:
    """A secret must not leave the process inside something else."""
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))


def test_value_and_equality() -> None:
    """The cipher gets the bytes, tests may compare."""
    assert Secret(KEY).reveal() == KEY
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret(bytes(16))
    assert len({Secret(KEY), Secret(KEY)}) == 1
