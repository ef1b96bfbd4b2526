"""Opinions and suggestions 意见和建议 (S-FEEDBACK, Rules Art. 18): taken down, and sealed.

By telephone the number of the call is noted, by which what was said can be heard again.
"""

from __future__ import annotations

from terminal.errors import RequestWrong
from terminal.registry import opinions
from terminal.registry.plain import is_plain
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Service
from terminal.services.offered.answer import line
from terminal.services.offered.running import Recorded, Running, Work
from terminal.texts import Text

SAID, CALL = "said", "call"
LONGEST = 2000
LONGEST_CALL = 40
_SAID = Text("意见内容（said）", "what is said (said)")
_CALL = Text("来电编号（call）", "the number of the call (call)")
_EMPTY = Text("没有填写", "there is nothing")
_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
_ODD = Text("含有换行等控制字符", "it has control characters")
_TAKEN = Text("意见和建议", "opinion or suggestion")
_LENGTH = Text("已记录，共 {count} 个字", "taken down, {count} characters")
_CALL_LINE = Text("来电编号", "number of the call")


def record(run: Running, tx: Transaction) -> Recorded:
    """Take down what is said; raises RequestWrong for nothing, or too much."""
    said, call = run.request.wish(SAID).strip(), run.request.wish(CALL).strip()
    _demand(_SAID, said, LONGEST)
    if call:
        _demand(_CALL, call, LONGEST_CALL)
        if not is_plain(call):
            raise RequestWrong(item=_CALL, detail=_ODD)
    person = run.situation.person
    opinions.add(tx, said, call, person_id=person.id if person else None, run_id=run.id)
    lines = [line(_TAKEN, _LENGTH.filled(count=len(said)))]
    if call:
        lines.append(line(_CALL_LINE, call))
    return Recorded(lines=tuple(lines))


def _demand(item: Text, text: str, most: int) -> None:
    if not text:
        raise RequestWrong(item=item, detail=_EMPTY)
    if len(text) > most:
        raise RequestWrong(item=item, detail=_LONG.filled(most=most))


WORK = Work(Service.FEEDBACK, record, waits=False)
