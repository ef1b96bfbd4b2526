"""The port of readers of identity documents: what a document shows of itself, and who opens one."""

from datetime import date

import pytest
from id_readers import LAYOUTS, PHOTO, readers

from emulator.id_cards import card, finger
from terminal import config
from terminal.devices.id_reader import IdDocument
from terminal.devices.sam_a import open_id_reader
from terminal.errors import IdReaderNotConfigured
from terminal.rules.documents import DocumentKind

PERSONAL = ["测试", "TEST", "北京", "1101", "8100", "9112", "FRA", "1890", "H0000", "GUITAI", "x5a"]


@pytest.mark.parametrize("kind", list(LAYOUTS))
def test_nothing_is_shown(kind: str) -> None:
    """A repr may end in a log or a traceback: kind and two marks, no item of the person."""
    shown = repr(readers(card(kind, fingers=(finger(1),))).read(fingers=True))
    assert [each for each in PERSONAL if each in shown] == []
    assert "IdDocument" in shown


@pytest.mark.parametrize(
    ("printed", "newest", "goes_on", "address"),
    [
        ("甲路1号", "", False, "甲路1号"),
        ("甲路1号", "乙路2号", False, "乙路2号"),
        ("甲路1", "号", True, "甲路1号"),
        ("甲路1", "", True, "甲路1"),
        ("", "", False, ""),
    ],
)
def test_the_address_that_counts(printed: str, newest: str, goes_on: bool, address: str) -> None:
    """The newest supersedes the printed one, or continues one that fills its cell (§6.4)."""
    day = date(2020, 1, 1)
    document = IdDocument(
        kind=DocumentKind.CITIZEN_ID,
        birth=day,
        valid_from=day,
        valid_until=None,
        text=b"",
        photo=PHOTO,
        printed_address=printed,
        newest_address=newest,
        address_goes_on=goes_on,
    )
    assert document.address == address


@pytest.mark.parametrize(("source", "named"), [("", "guitai.toml"), ("/etc/x.toml", "/etc/x.toml")])
def test_no_reader_is_configured(source: str, named: str) -> None:
    """A desk without a reader is told where one would be named."""
    with pytest.raises(IdReaderNotConfigured) as raised:
        open_id_reader(config.IdReader(), source)
    assert named in raised.value.cause("zh")
    assert raised.value.exit_status == 11


def test_what_was_read_stays_as_it_came() -> None:
    """The text's 256 bytes and the photo go on to whoever can read more of them."""
    document = readers(card(photo=PHOTO)).read()
    assert (len(document.text), document.photo) == (256, PHOTO)
