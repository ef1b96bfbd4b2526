"""The software key host: the reference's texts answered, and a line that goes wrong on demand."""

import http.client
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from card_profiles.development_keys import distinct
from emulator.key_host import Fault, KeyHost, UnknownKey, serve

P1 = "110000|0081544C978684110000000001|110000D15600000500000001FFFFFFFF|\n"
P1_BASIC_READ = (
    "110000|0081544C978684110000000001|03|110000D15600000500000001FFFFFFFF"
    "|1122334455667788|A1A2A3A4A5A6A7A8|99AABBCCDDEEFF00|B1B2B3B4B5B6B7B8|"
)
P2_BASIC_READ = (
    "510100|0087CF2001864951010000002A|01|510100D1560000050000002A0B1C2D3E"
    "|2021222324252627|3031323334353637|||"
)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            P1_BASIC_READ,
            "F3610F94C1077F0EA1A2A3A4A5A6A7A8|4850166F191CF5D2B1B2B3B4B5B6B7B8|",
        ),
        (
            P1_BASIC_READ + "110000000007|",
            "F3610F94C1077F0EA1A2A3A4A5A6A7A8|4850166F191CF5D2B1B2B3B4B5B6B7B8|",
        ),
        (
            P2_BASIC_READ,
            "40B3425422D85C543031323334353637||",
        ),
        (
            P1 + "03|0090|0102030405060708|C1C2C3C4C5C6C7C8|",
            "E6013E7BDD8A803DC1C2C3C4C5C6C7C8",
        ),
        (
            P1 + "03|009010|0102030405060708|C1C2C3C4C5C6C7C8|",
            "E6013E7BDD8A803DC1C2C3C4C5C6C7C8",
        ),
        (
            P1 + "03|0090|1122334455667788|8424000114|654321|",
            "8424000114854B0CCB023C5EAEEAC7592293AF12138C942CC7",
        ),
        (P1 + "03|0090|1122334455667788|8424000004||", "8424000004AF5BB325"),
    ],
    ids=["E2", "ninth field", "E5", "E16 step 1", "long address", "E16 step 3", "E17"],
)
def test_worked_examples(text: str, answer: str) -> None:
    """The host's half of card-interface-functions.md §13, computed outside of this project."""
    assert KeyHost().answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110000|",
        "03|0090|0102030405060708|C1C2C3C4C5C6C7C8|",
        P1 + "03|0090|0102030405060708|",
        P1 + "03|0090|zz|C1C2C3C4C5C6C7C8|",
        P1 + "09|0090|0102030405060708|C1C2C3C4C5C6C7C8|",
    ],
)
def test_texts_that_are_none(text: str) -> None:
    """A caller's mistake is refused, not guessed at: a card must be named, fields be whole."""
    with pytest.raises(ValueError, match=r".+"):
        KeyHost().answer(text)


def test_keys_it_does_not_have() -> None:
    """An address that names none, and a key that was taken away."""
    with pytest.raises(UnknownKey):
        KeyHost().answer(P1 + "03|ABCD|0102030405060708|C1C2C3C4C5C6C7C8|")
    with pytest.raises(UnknownKey):
        KeyHost(lacks=frozenset({"IRK"})).answer(P1_BASIC_READ)


def test_distinct_keys() -> None:
    """With distinct roots the two halves come of two keys, so that a mixed-up one is seen."""
    text = P1_BASIC_READ.replace(
        "99AABBCCDDEEFF00|B1B2B3B4B5B6B7B8", "1122334455667788|A1A2A3A4A5A6A7A8"
    )
    first, second, _ = KeyHost(distinct).answer(text).split("|")
    assert first != second
    assert first[16:] == second[16:]


# --- The line ------------------------------------------------------------------------------


def ask(url: str, text: str) -> tuple[int, str]:
    """Ask with a client that is not ours."""
    try:
        with urllib.request.urlopen(url, text.encode(), timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_served() -> None:
    """200 with the answer, 404 for a key it has not, 400 for a text that is none."""
    host = KeyHost(lacks=frozenset({"PUK"}))
    with serve(host.answer) as url:
        assert ask(url, P1_BASIC_READ)[1].startswith("F3610F94C1077F0E")
        assert ask(url, P1 + "03|0090|1122334455667788|8424000004||")[0] == 404
        assert ask(url, "rubbish")[0] == 400
    assert len(host.texts) == 3


def test_it_is_over_when_it_is_over() -> None:
    """Nobody answers on its port afterwards, also where somebody waits for an answer still."""
    with serve(KeyHost().answer, fault=Fault.SILENT) as url:
        parts = urlsplit(url)
        waiting = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
        waiting.request("POST", "/", "text")
    with pytest.raises(ConnectionResetError):  # hung up on, whether it was heard or not
        waiting.getresponse()
    waiting.close()
    with pytest.raises(OSError, match="refused"):
        ask(url, "text")


@pytest.mark.parametrize(
    ("fault", "status", "size"),
    [
        (Fault.BROKEN, 500, 0),
        (Fault.OVERSIZED, 200, 1_000_000),
    ],
)
def test_faults_are_what_they_are_called(fault: Fault, status: int, size: int) -> None:
    """A test that tries a fault must have it."""
    with serve(KeyHost().answer, fault=fault) as url:
        answered, text = ask(url, P1_BASIC_READ)
    assert (answered, len(text)) == (status, size)
