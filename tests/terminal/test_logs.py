"""The log's one gate: what gets through, what never does, and that it is off unless wanted."""

import base64
import json
import secrets
import stat
from enum import Enum
from pathlib import Path

import pytest

from apdu.secret import Secret
from terminal.errors import FileTrouble
from terminal.logs import event, logging_to, redact
from terminal.masking import Masked, mask_number
from terminal.service_pin import ServicePin


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_off_unless_wanted(tmp_path: Path) -> None:
    """Without a file nothing is written, and nothing costs anything."""
    event("nobody.hears")
    with logging_to(None):
        event("nobody.hears")
    assert list(tmp_path.iterdir()) == []


def test_an_event(tmp_path: Path) -> None:
    """A line of JSON an event, for the file's owner alone, behind what was there."""
    path = tmp_path / "guitai.log"
    for _ in range(2):
        with logging_to(path):
            event("pin.status", state="set", tries_left=6, reader="Virtual PCD 00 00")
    found = lines(path)
    assert [each["event"] for each in found] == ["pin.status"] * 2
    assert (found[0]["tries_left"], found[0]["reader"]) == (6, "Virtual PCD 00 00")
    assert str(found[0]["timestamp"]).endswith("Z")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """A log that cannot be kept is said before the card is touched."""
    with pytest.raises(FileTrouble), logging_to(tmp_path / "no" / "log"):
        raise AssertionError


class Kind(Enum):
    ONE = b"\x12\x34\x56"


def test_nothing_secret_gets_through(tmp_path: Path) -> None:
    """Whatever a caller hands over by mistake, in whatever form, is not in the file."""
    path = tmp_path / "guitai.log"
    digits = "".join(secrets.choice("0123456789") for _ in range(8))
    key = secrets.token_bytes(16)
    with ServicePin(bytearray(digits.encode())) as pin, logging_to(path):
        event(
            "mistake",
            pin=pin,
            text=digits,
            number=int("1" + digits),
            coded=bytes.fromhex(digits),
            buffer=bytearray(digits.encode()),
            key=Secret(key),
            raw=key,
            masked=Masked(digits, mask_number),
            nested={"a": [digits, (key, {"b": digits})], digits: 1},
            sentence=f"the PIN is {digits}.",
            kind=Kind.ONE,
            error=ValueError(digits),
        )
    text = path.read_text("utf-8")
    assert "mistake" in text
    for form in (
        digits,
        key.hex(),
        key.hex().upper(),
        base64.b64encode(key).decode(),
        base64.b64encode(digits.encode()).decode(),
        repr(key),
    ):
        assert form not in text


def test_counts_and_states_do_get_through() -> None:
    """A log that shows nothing helps nobody."""
    facts = redact(None, "info", {"left": 3, "ok": True, "none": None, "ms": 1.5, "sw": "9000"})
    assert facts == {"left": 3, "ok": True, "none": None, "ms": 1.5, "sw": "9000"}
