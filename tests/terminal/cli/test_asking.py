"""What is asked for at the terminal, or taken from a file: fit to go on record, or refused."""

import base64
from datetime import date
from pathlib import Path

import pytest

from terminal.cli.app import Session
from terminal.cli.asking import ask_number, ask_wishes, read_settings
from terminal.errors import PersonalDataWrong, RequestWrong
from terminal.rules.documents import DocumentKind
from terminal.rules.vocabulary import Service

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8)
JPEG = b"\xff\xd8\xff\xe0" + bytes(8)


@pytest.mark.parametrize("data", [PNG, JPEG])
def test_a_photo(tmp_path: Path, data: bytes) -> None:
    """A photo goes on record as it is in its file, whether the file is named or asked for."""
    path = tmp_path / "photo"
    path.write_bytes(data)
    wanted = base64.b64encode(data).decode()
    assert read_settings(Service.APPLY, [f"photo=@{path}"]) == {"photo": wanted}


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"GIF89a", "一张照片".encode()])
def test_a_photo_that_is_none(tmp_path: Path, data: bytes) -> None:
    """It counts as the photo that was handed in: any other file is none."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)
    with pytest.raises(RequestWrong) as caught:
        read_settings(Service.APPLY, [f"photo=@{path}"])
    assert caught.value.cause("zh") == f"{path} 不是 JPEG 或 PNG 照片"


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    """What is wrong with a file is a sentence."""
    path = tmp_path / "rows.json"
    path.write_bytes(b"\xff\xfe[")
    with pytest.raises(RequestWrong) as caught:
        read_settings(Service.GROUP, [f"rows=@{path}"])
    assert caught.value.cause("zh") == "不是 UTF-8 或 GB18030 文本"


def test_a_number_of_no_division(monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up card's number has the form: that it has not would help nobody."""
    monkeypatch.setattr("terminal.cli.asking.ask_line", lambda *_: "000000199003070013")
    with pytest.raises(PersonalDataWrong) as caught:
        ask_number(Session("zh"), DocumentKind.CITIZEN_ID, date(2026, 3, 2))
    assert caught.value.cause("zh") == "前 6 位不是行政区划代码"


def test_a_day_that_is_none() -> None:
    """Who wrote 31 February wrote the form right: it is the day that is wrong."""
    with pytest.raises(RequestWrong) as caught:
        read_settings(Service.APPLY, ["valid_until=2036-02-31"])
    assert caught.value.message("zh") == "证件有效期截止日不对"
    assert caught.value.cause("zh") == "没有这一天"


@pytest.mark.parametrize("before", ["", "@", "photo=@"])
def test_what_is_asked_for_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    """Each service asks in its own words; a file is asked for by its name."""
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    asked: list[str] = []

    def answer(_session: Session, question: object) -> str:
        asked.append(str(getattr(question, "zh", "")))
        return f"{before}{path}"

    monkeypatch.setattr("terminal.cli.asking.ask_line", answer)
    session = Session("zh")
    ask_wishes(session, Service.VISIT, {"address": None})
    ask_wishes(session, Service.DATA_MINOR, {"address": None})
    taken = ask_wishes(session, Service.APPLY, {"photo": None})
    assert asked[:2] == ["上门地址", "常住地址"]
    assert taken == {"photo": base64.b64encode(PNG).decode()}
