"""What people write for a wish, as it goes on record: yuan as fen, days that exist, photos."""

from __future__ import annotations

import base64
import re
from datetime import date

from terminal.errors import AmountWrong, RequestWrong
from terminal.money import parse_yuan
from terminal.texts import Text

FEN, PHOTO, ROWS, SIGNATURE = "fen", "photo", "rows", "signature"
IN_FILES = frozenset({PHOTO, ROWS})
"""What is too long to be typed: whoever is asked for it names a file."""
MOST_BYTES = 8_000_000
_PHOTO_ITEM = Text("照片", "the photo")
_NO_PHOTO = Text("{name} 不是 JPEG 或 PNG 照片", "{name} is no photo as JPEG or PNG")
_NO_SUCH_DAY = Text("没有这一天", "there is no such day")
_DAYS = {
    "birth": Text("出生日期", "the birth date"),
    "valid_until": Text("证件有效期截止日", "the last day of the document"),
    "deceased_on": Text("死亡日期", "the day of death"),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""How JPEG and PNG begin."""


def fit_wish(name: str, said: str) -> str:
    """Take what people write as it goes on record; raises RequestWrong, AmountWrong."""
    if name == FEN:
        return _fen(said)
    if name in _DAYS and _DAY.fullmatch(said):
        try:
            date.fromisoformat(said)
        except ValueError:
            raise RequestWrong(item=_DAYS[name], detail=_NO_SUCH_DAY) from None
    return said


def photo_value(data: bytes, name: object) -> str:
    """Take a photo as it goes on record, base64; raises RequestWrong, ``name`` is the file's."""
    if not data.startswith(_PHOTOS):
        raise RequestWrong(item=_PHOTO_ITEM, detail=_NO_PHOTO.filled(name=name))
    return base64.b64encode(data).decode("ascii")


def _fen(text: str) -> str:
    """Read yuan as the fen that go on record; raises AmountWrong."""
    try:
        fen = parse_yuan(text)
    except ValueError:
        fen = 0
    if not fen:
        raise AmountWrong(amount=text)
    return str(fen)
