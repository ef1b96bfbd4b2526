"""An employer's list as a spreadsheet saves it: the same persons as in JSON, or a clear refusal."""

from __future__ import annotations

import json

import pytest
from registry import citizen_id

from terminal.errors import RequestWrong
from terminal.rules.documents import DocumentKind
from terminal.services.offered.group_list import HEAD, rows_value

FULL = ",".join(HEAD.values())
ROW = f"居民身份证,{citizen_id(1)},王建国,13900000000,20800,北京市,长期,,,是"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_as_spreadsheets_save_it(encoding: str, end: str) -> None:
    """Whatever spreadsheet and system it was filled in with."""
    (row,) = json.loads(rows_value(f"{FULL}{end}{ROW}{end}".encode(encoding)))
    assert row == {
        "document": DocumentKind.CITIZEN_ID.value,
        "number": citizen_id(1),
        "name": "王建国",
        "mobile": "13900000000",
        "occupation": "20800",
        "address": "北京市",
        "valid_until": "长期",
        "confirmed": True,
    }


def test_json_stays_as_it_is() -> None:
    """Programs hand in JSON."""
    assert rows_value(b'[{"name": "x"}]\n') == '[{"name": "x"}]'


def test_numbers_kept_as_text_by_a_quote() -> None:
    """So a spreadsheet is kept from taking 18 digits for a number that it rounds."""
    row = ROW.replace(citizen_id(1), f"'{citizen_id(1)}")
    assert json.loads(rows_value(f"{FULL}\n{row}".encode()))[0]["number"] == citizen_id(1)


def test_empty_rows_are_nobody() -> None:
    """Below a list there are often rows that somebody has cleared."""
    text = f"{FULL}\n{ROW}\n,,,,,,,,,\n\n"
    assert len(json.loads(rows_value(text.encode()))) == 1


@pytest.mark.parametrize("said", ["", "否", "yes", "1"])
def test_only_yes_is_confirmed(said: str) -> None:
    """Who has not confirmed their data is not applied for (Rules Art. 6)."""
    text = f"{FULL}\n{ROW.removesuffix('是')}{said}"
    assert json.loads(rows_value(text.encode()))[0]["confirmed"] is False


def test_what_it_lacks_is_named() -> None:
    """Whoever made the list learns which heads to write."""
    with pytest.raises(RequestWrong) as caught:
        rows_value("证件号码,姓名\n1,2".encode())
    assert caught.value.cause("zh").endswith("证件类型、手机号码、本人已确认")


@pytest.mark.parametrize(
    "rubbish",
    [
        b"",
        b"\x00" * 50,
        b"\xff\xfe[",
        b"PK\x03\x04",
        f'{FULL}\n"{"x" * 200_000}'.encode(),
        b"x" * 200_000,
    ],
)
def test_rubbish(rubbish: bytes) -> None:
    """Another file was chosen: a sentence, and nothing else."""
    with pytest.raises(RequestWrong):
        rows_value(rubbish)
