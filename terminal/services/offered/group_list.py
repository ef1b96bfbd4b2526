"""Read an employer's list of persons (S-GROUP): a spreadsheet's CSV file, or JSON.

Both give the JSON that goes on record (group.py). A spreadsheet of this country saves as UTF-8 with
a mark, or as GB18030.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from types import MappingProxyType

from terminal.errors import RequestWrong
from terminal.rules.documents import DOCUMENTS
from terminal.texts import Text

HEAD: Mapping[str, str] = MappingProxyType(
    {
        "document": "证件类型",
        "number": "证件号码",
        "name": "姓名",
        "mobile": "手机号码",
        "occupation": "职业代码",
        "address": "常住地址",
        "valid_until": "证件有效期截止日",
        "birth": "出生日期",
        "nationality": "国籍",
        "confirmed": "本人已确认",
    }
)
"""What stands over the columns, by what they are in the JSON."""
_CONFIRMED = "confirmed"
_YES = "是"
_ITEM = Text("人员名单", "the list of persons")
_NO_TEXT = Text("不是 UTF-8 或 GB18030 文本", "it is no text as UTF-8 or GB18030")
_NO_LIST = Text(
    "不是 JSON，也不是表头正确的 CSV；缺少的列：{columns}",
    "it is neither JSON nor CSV under the right heads; columns that it lacks: {columns}",
)
_NEEDED = ("document", "number", "name", "mobile", "confirmed")
_KINDS = {text.text.zh: kind.value for kind, text in DOCUMENTS.items()}


def rows_value(data: bytes) -> str:
    """Take a list as it goes on record; raises RequestWrong for what is none."""
    text = _decoded(data).strip()
    return text if text.startswith(("[", "{")) else json.dumps(_rows(text), ensure_ascii=False)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RequestWrong(item=_ITEM, detail=_NO_TEXT)


def _rows(text: str) -> list[dict[str, object]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        heads = {(each or "").strip() for each in reader.fieldnames or ()}
        lacking = [HEAD[each] for each in _NEEDED if HEAD[each] not in heads]
        found = [] if lacking else [_row(row) for row in reader]
    except csv.Error:
        raise RequestWrong(item=_ITEM, detail=_NO_LIST.filled(columns="-")) from None
    if lacking:
        raise RequestWrong(item=_ITEM, detail=_NO_LIST.filled(columns="、".join(lacking)))
    return [each for each in found if each["number"] or each["name"]]


def _row(row: Mapping[str | None, object]) -> dict[str, object]:
    # What a spreadsheet took for a number was saved as text by a quote before it.
    said = {name: str(row.get(head) or "").strip().removeprefix("'") for name, head in HEAD.items()}
    read: dict[str, object] = {name: value for name, value in said.items() if value}
    read |= {"document": _KINDS.get(said["document"], said["document"]), "number": said["number"]}
    return read | {"name": said["name"], _CONFIRMED: said[_CONFIRMED] == _YES}
