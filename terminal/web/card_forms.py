"""Read a form of the room of cards: what it asks for is there, and nothing it never offered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from starlette.datastructures import FormData

from terminal.errors import RequestWrong
from terminal.services.offered.request import Named
from terminal.texts import Text
from terminal.web.asked import ACTING, HOLDER, named_in
from terminal.web.card_acts import CardAct, Field, Kind, Spec, Work
from terminal.web.card_lines import BACK, OUT
from terminal.web.sessions import CardDraft

_NAMELESS = frozenset({CardAct.REPORT, CardAct.CORRECT_DEATH})
"""Acts that find somebody by the number alone."""
_WANTED = Text("还没有填写", "it is not filled in")
_LONG = Text("超过 {most} 个字", "it has more than {most} characters")
_NO_CHOICE = Text("没有这一项", "there is no such choice")
_PLAIN = Text("不能含有换行等控制字符", "it has control characters")
_NAME = Text("姓名", "name")
_CARDS = Text("单位发放", "what the employer handed out")
_NONE_CHOSEN = Text("还没有选哪一张已发放或退回", "no card is said to be handed out or back")


def taken(draft: CardDraft, spec: Spec, form: FormData) -> None:
    """Keep what is filled in; what was checked before is checked anew."""
    given = {name: value for name, value in form.items() if isinstance(value, str)}
    given.pop("csrf", None)
    for each in spec.fields:
        if each.kind is Kind.SEVERAL:
            chosen = (one for one in form.getlist(each.name) if isinstance(one, str))
            given[each.name] = " ".join(chosen)
    draft.fields, draft.checked = given, None


def work_in(draft: CardDraft, spec: Spec, today: date) -> Work:
    """Make the work of what is filled in; raises RequestWrong, PersonalDataWrong."""
    fields = draft.fields
    holder = acting = None
    if spec.holder is not None:
        holder = draft.holder or named_in(fields, HOLDER, today)
        _demand_named(holder, spec.holder, needed=spec.holder_needed, act=draft.act)
    if spec.acting is not None:
        acting = draft.acting or named_in(fields, ACTING, today)
        _demand_named(acting, spec.acting, needed=True, act=draft.act)
    said = {each.name: value for each, value in _said(spec, fields) if value}
    if draft.act is CardAct.EMPLOYER:
        said = _handed_out(fields)
    return Work(draft.act, draft.number, holder, acting, said)


def _demand_named(who: Named | None, item: Text, *, needed: bool, act: CardAct) -> None:
    if who is None:
        if needed:
            raise RequestWrong(item=item, detail=_WANTED)
    elif not who.name and act not in _NAMELESS:
        raise RequestWrong(item=_NAME, detail=_WANTED)


def _said(spec: Spec, fields: Mapping[str, str]) -> Iterable[tuple[Field, str]]:
    for each in spec.fields:
        value = fields.get(each.name, "").strip()
        if each.kind is Kind.LONG:
            value = " ".join(value.split())  # one line, as it goes on record
        if each.needed and not value:
            raise RequestWrong(item=each.text, detail=_WANTED)
        if each.among:
            if not set(value.split()) <= {one for one, _ in each.among}:
                raise RequestWrong(item=each.text, detail=_NO_CHOICE)
        elif len(value) > each.most:
            raise RequestWrong(item=each.text, detail=_LONG.filled(most=each.most))
        elif not value.isprintable():
            raise RequestWrong(item=each.text, detail=_PLAIN)
        yield each, value


def _handed_out(fields: Mapping[str, str]) -> dict[str, str]:
    said = {
        name: value
        for name, value in fields.items()
        if name.startswith("card.") and value in {OUT, BACK}
    }
    if not said:
        raise RequestWrong(item=_CARDS, detail=_NONE_CHOSEN)
    return said
