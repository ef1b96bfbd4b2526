"""``guitai park``: the annual park pass. Show, sell, activate, move to a new card, settle."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import click

from card_profiles.park_pass import PHOTO_BYTES, PassState
from terminal.cards.park_pass import Pass
from terminal.cli.app import Session, help_text, print_json, show_error
from terminal.cli.operations import (
    key_option,
    method_option,
    operator_option,
    progress_of,
    reason_option,
    second_option,
    telling_of,
    without_card_option,
)
from terminal.cli.options import json_option, warnings_of, wire_of
from terminal.cli.visits import Where, card_command, visit_at
from terminal.errors import FileTrouble, ParkError, PassKeyUsed, PassNotThisCard, WrongUsage
from terminal.journal import (
    KINDS,
    METHODS,
    STATES,
    Entry,
    Kind,
    Method,
    State,
    now,
    open_journal,
)
from terminal.journal.model import shown_key
from terminal.money import yuan
from terminal.parties.park import ParkSystem, from_settings
from terminal.readers.pcsc import Scard
from terminal.services.next_card import wait_for_next_card
from terminal.services.park import ParkDesk, ParkResult
from terminal.services.park_deciding import decide_by_people
from terminal.services.park_move import PassMove, Wanted
from terminal.texts import Text

SCHEMA = "guitai.park/1"
PERSON_CHARACTERS = 18
_LEAST_SECONDS = 60.0
"""How long people get at least to change one card for another."""

_STATES = {
    PassState.SOLD: Text("未激活", "not active"),
    PassState.ACTIVE: Text("已激活", "active"),
    PassState.MOVED: Text("已转到别的卡", "moved to another card"),
    PassState.CANCELLED: Text("已注销", "cancelled"),
    PassState.ARRIVING: Text("转入中，尚未生效", "arriving, not valid yet"),
}
_NONE = Text("卡上没有年票", "There is no pass on the card")
_PASS = Text(
    "第 {number} 条：{year} 年年票（票种 {type}），{first} 至 {last}，{state}，入园 {uses} 次",
    "Record {number}: pass of {year} (type {type}), {first} to {last}, {state}, used {uses} times",
)
_UNREADABLE = Text("第 {number} 条：读不懂", "Record {number}: unreadable")
_WRITING = Text("正在办理，请勿取走卡……", "Working; leave the card where it is …")
_RECOVER = "guitai park recover"
_DONE = {
    Kind.PASS_SALE: Text("{year} 年年票已售出", "The pass of {year} was sold"),
    Kind.PASS_ACTIVATION: Text("{year} 年年票已激活", "The pass of {year} is active"),
    Kind.PASS_MOVE: Text("年票已转到新卡", "The passes are on the new card"),
}
_NOT_YET = Text(
    "年票还没有激活：guitai park activate {year}",
    "It is not active yet: guitai park activate {year}",
)
_MONEY = Text("收款 {amount} 元（{method}）", "Received {amount} yuan ({method})")
_KEY = Text("流水号：{key}", "Key: {key}")
_SETTLED = Text("{kind} {key}：{state}", "{kind} {key}: {state}")
_GIVE_BACK = Text(
    "卡上没有年票，已收的 {amount} 元请退还", "The card has no pass: give back {amount} yuan"
)
_HAS_IT = Text("已认定卡上有年票", "Decided: the card has the pass")
_HAS_IT_NOT = Text("已认定卡上没有写入", "Decided: the card was not written")
_TO_A_NEW_CARD = Text(
    "卡回不来了：放上新卡运行 guitai park move --dead，年票转到新卡",
    "The card will not come back: lay a new one and run guitai park move --dead",
)
_FORMER_NUMBER = Text("原社会保障号码", "The former social security number")
_PERSON_NUMBER = Text("社会保障号码应为 18 位", "a social security number has 18 characters")
_OPEN = Text("{kind} {key} 还没有了结", "{kind} {key} has no outcome yet")
_OTHER_CARD = Text("请放上转移涉及的另一张卡再运行一次", "Run it again with the move's other card")
_RECONCILED = Text(
    "已按卡的情况了结公园年票系统中的流水号 {key}",
    "Settled {key} of the park pass system by the card",
)
_NOTHING_OPEN = Text("没有需要了结的业务", "Nothing was open")
_LET_IN = Text("第 {number} 条：可以入园", "Record {number}: let in")
_KEPT_OUT = Text("第 {number} 条：不能入园，{reason}", "Record {number}: not let in, {reason}")
_LAY = {
    Wanted.NEW: Text("请放上新卡", "Lay the new card"),
    Wanted.OLD: Text("请取走新卡，放上旧卡", "Take the new card away, lay the old one"),
    Wanted.NONE: Text("请取走旧卡，再放上新卡", "Take the old card away, lay the new one again"),
}


@click.group(help=help_text("公园年票。", "The annual park pass."))
def park() -> None:
    """Group what is done with passes."""


# --- What they share -----------------------------------------------------------------------


def _system(session: Session) -> ParkSystem:
    return from_settings(session.config.park, session.config.source)


@contextmanager
def _desk(
    session: Session,
    where: Where,
    operator: str = "",
    *,
    key: str = "",
    with_keys: bool = True,
    alone: bool = False,
) -> Iterator[ParkDesk]:
    """Visit the card and make the desk over it; ``alone`` asks nobody else.

    ``key`` is that of the operation, if one is to be done.
    """
    system = None if alone else _system(session)
    with (
        open_journal(session.config) as journal,
        telling_of(journal, key, _RECOVER) if key else nullcontext(),
        visit_at(session, where, with_keys=with_keys) as visit,
    ):
        yield ParkDesk(visit, system, journal, now, session.config.park, operator)


# --- Commands ------------------------------------------------------------------------------


@park.command(help=help_text("查看卡上的年票。", "Show the passes on the card."))
@partial(card_command, with_keys=False)
def show(session: Session, where: Where) -> None:
    """Read them; nobody else is asked."""
    with _desk(session, where, with_keys=False, alone=True) as desk:
        _show(session, desk.show())


@park.command(help=help_text("像闸机那样检验年票。", "Ask what a gate would do with the card."))
@partial(card_command, with_keys=False)
def gate(session: Session, where: Where) -> None:
    """Read them and ask the park system."""
    with _desk(session, where, with_keys=False) as desk:
        _show(session, desk.check_gate())


@park.command(help=help_text("售出一年的年票。", "Sell a year's pass."))
@click.argument("year", type=click.IntRange(2000, 2999))
@click.option(
    "--type",
    "pass_type",
    type=click.IntRange(1, 254),
    default=1,
    show_default=True,
    help=help_text("票种（价格见配置）", "type of pass (prices are configured)"),
)
@method_option
@click.option(
    "--photo",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help=help_text("持卡人照片，卡上只记其摘要", "the holder's picture; the card gets its digest"),
)
@operator_option
@key_option
@card_command
def buy(
    session: Session,
    where: Where,
    year: int,
    pass_type: int,
    method: Method,
    photo: Path | None,
    operator: str,
    key: str,
) -> None:
    """Sell it once."""
    reference = _photo_reference(photo)
    with _desk(session, where, operator, key=key) as desk:
        progress_of(session)(_WRITING)
        _show(session, desk.buy(year, pass_type, method, key, photo=reference))


@park.command(help=help_text("激活已售出的年票。", "Make a pass that was sold valid."))
@click.argument("year", type=click.IntRange(2000, 2999))
@operator_option
@key_option
@card_command
def activate(session: Session, where: Where, year: int, operator: str, key: str) -> None:
    """Activate it once."""
    with _desk(session, where, operator, key=key) as desk:
        progress_of(session)(_WRITING)
        _show(session, desk.activate(year, key))


@park.command(help=help_text("了结上次中断的业务。", "Settle what broke off on this card."))
@click.option(
    "--abandon",
    is_flag=True,
    help=help_text("放弃转移，年票留在旧卡（放上旧卡）", "give a move up; lay the old card"),
)
@operator_option
@card_command
def recover(session: Session, where: Where, abandon: bool, operator: str) -> None:
    """Let the card tell."""
    with _desk(session, where, operator) as desk:
        progress_of(session)(_WRITING)
        result = desk.recover(abandon=abandon)
    _show(session, result)
    if result.undecided:
        click.get_current_context().exit(ParkError.exit_status)


@park.command(
    help=help_text(
        "卡说明不了结果的，由两人认定卡上有没有年票。",
        "Decide, two people, whether a card has a pass where the card cannot tell.",
    )
)
@click.argument("key")
@click.option(
    "--card-has",
    type=click.Choice(["yes", "no"]),
    required=True,
    help=help_text("卡上有（yes）或没有（no）", "whether the card has it"),
)
@second_option
@reason_option
@without_card_option
@operator_option
@json_option
@click.pass_obj
def decide(
    session: Session,
    key: str,
    card_has: str,
    second: str,
    reason: str,
    without_card: bool,
    operator: str,
) -> None:
    """Note what two people found out, and tell the park system."""
    with open_journal(session.config) as journal:
        entry = decide_by_people(
            _system(session),
            journal,
            key,
            card_has=card_has == "yes",
            operator=operator,
            second=second,
            reason=reason,
            without_card=without_card,
        )
    if session.as_json:
        _print_entry("decide", "", entry)
        return
    done = entry.state is State.DONE
    click.echo(session.say(_HAS_IT if done else _HAS_IT_NOT))
    _show_entry(session, entry, short=True)
    if done and without_card:
        click.echo(session.say(_TO_A_NEW_CARD))


@park.command(help=help_text("换领时把年票转移到新卡。", "Move passes to a new card at a renewal."))
@click.option(
    "--new-reader", metavar="R", help=help_text("放新卡的读卡器", "the new card's reader")
)
@click.option(
    "--old-reader", metavar="R", help=help_text("放旧卡的读卡器", "the old card's reader")
)
@click.option(
    "--dead",
    is_flag=True,
    help=help_text(
        "旧卡芯片已损坏；转移中途损坏的也可以", "the old card's chip is dead, also amid a move"
    ),
)
@click.option(
    "--instead",
    is_flag=True,
    help=help_text(
        "转移中的新卡已坏或丢失，改转到现在放上的卡",
        "the new card of a move under way is dead or lost: this one takes its place",
    ),
)
@click.option(
    "--formerly",
    is_flag=True,
    help=help_text(
        "社会保障号码变更过，输入原号码", "the social security number changed: ask for the former"
    ),
)
@operator_option
@key_option
@card_command
def move(
    session: Session,
    where: Where,
    new_reader: str | None,
    old_reader: str | None,
    dead: bool,
    instead: bool,
    formerly: bool,
    operator: str,
    key: str,
) -> None:
    """Ask for one card after the other, as the move needs them."""
    readers = {
        Wanted.NEW: new_reader or where.reader,
        Wanted.OLD: old_reader or where.reader,
    }
    former_number = _former_number(session) if formerly else ""
    tell = progress_of(session)
    one_reader = not (new_reader and old_reader)
    with open_journal(session.config) as journal, telling_of(journal, key, _RECOVER):
        mover = PassMove(_system(session), journal, now, operator)
        tell(_LAY[Wanted.NEW])
        with visit_at(session, _at(where, readers[Wanted.NEW])) as visit:
            tell(_WRITING)
            entry = mover.begin(visit, key, dead=dead, instead=instead, formerly=former_number)
            if mover.next_step(entry) is Wanted.NEW:
                entry = mover.go_on(visit, entry)
            reader = visit.reader
        while (wanted := mover.next_step(entry)) is not Wanted.NONE:
            prompt = _LAY[Wanted.OLD if wanted is Wanted.OLD else Wanted.NONE]
            if one_reader:
                tell(prompt)
                wait_for_next_card(Scard(), reader, max(where.wait_seconds, _LEAST_SECONDS))
            at = _at(where, reader if one_reader else readers[wanted])
            try:
                with visit_at(session, at) as visit:
                    tell(_WRITING)
                    entry = mover.go_on(visit, entry)
            except PassNotThisCard as other:
                if not one_reader:
                    raise
                tell(other.sentence)
    if entry.unfinished:
        raise PassKeyUsed(key=shown_key(entry.key))  # somebody gave it up meanwhile
    if session.as_json:
        _print_entry("move", reader, entry)
    else:
        _show_entry(session, entry)


def _former_number(session: Session) -> str:
    """Ask for the number before the change; on the command line everybody could read it."""
    number = str(click.prompt(session.say(_FORMER_NUMBER), err=True)).strip().upper()
    if len(number) != PERSON_CHARACTERS:
        raise WrongUsage(detail=_PERSON_NUMBER)
    return number


def _at(where: Where, reader: str | None) -> Where:
    return Where(reader, where.wait_seconds, where.trace_file, where.keys_file)


def _photo_reference(photo: Path | None) -> bytes:
    """Refer to a picture by its digest; raises FileTrouble."""
    if photo is None:
        return b""
    try:
        return hashlib.sha256(photo.read_bytes()).digest()[:PHOTO_BYTES]
    except OSError as error:
        raise FileTrouble(path=photo, detail=error.strerror) from error


# --- Results -------------------------------------------------------------------------------


def _show(session: Session, result: ParkResult) -> None:
    if session.as_json:
        print_json(as_document(result, session))
        return
    for entry in result.entries:
        _show_entry(session, entry, short=result.action == "recover")
    for key in result.reconciled:
        click.echo(session.say(_RECONCILED, key=key))
    for entry in result.open:
        click.echo(session.say(_OPEN, kind=session.say(KINDS[entry.intention.kind]), key=entry.key))
        if result.action == "recover":
            click.echo(session.say(_OTHER_CARD))
    for _, error in result.undecided:
        show_error(error, session)
    touched = result.entries or result.open or result.undecided or result.reconciled
    if result.action == "recover" and not touched:
        click.echo(session.say(_NOTHING_OPEN))
    for line in _passes(session, result.passes):
        click.echo(line)
    for number, verdict in result.verdicts:
        reason = session.say(verdict.reason)
        text = _LET_IN if verdict.admitted else _KEPT_OUT
        click.echo(session.say(text, number=number, reason=reason))
    for warning in warnings_of(result.notes, session):
        click.echo(f"! {warning['message']}")


def _show_entry(session: Session, entry: Entry, *, short: bool = False) -> None:
    meant, facts = entry.intention, entry.facts
    if short:
        kind, state = session.say(KINDS[meant.kind]), session.say(STATES[entry.state])
        click.echo(session.say(_SETTLED, kind=kind, key=entry.key, state=state))
        if entry.state is State.UNDONE and meant.till:
            click.echo(session.say(_GIVE_BACK, amount=yuan(meant.till)))
        return
    click.echo(session.say(_DONE[meant.kind], year=facts.get("year", "")))
    if meant.till:
        method = session.say(METHODS[meant.method])
        click.echo(session.say(_MONEY, amount=yuan(meant.till), method=method))
    if meant.kind is Kind.PASS_SALE:
        click.echo(session.say(_NOT_YET, year=facts["year"]))
    click.echo(session.say(_KEY, key=entry.key))


def _passes(session: Session, passes: tuple[Pass, ...]) -> Iterator[str]:
    there = [each for each in passes if not each.empty]
    if not there:
        yield session.say(_NONE)
    for each in there:
        if not each.readable or each.state is None:
            yield session.say(_UNREADABLE, number=each.number)
            continue
        yield session.say(
            _PASS,
            number=each.number,
            year=each.year,
            type=each.pass_type,
            first=each.valid_from,
            last=each.valid_to,
            state=session.say(_STATES[each.state]),
            uses=each.uses,
        )


def _print_entry(action: str, reader: str, entry: Entry) -> None:
    """Print the document of what had no one card's passes to show."""
    lists = ("passes", "entries", "open", "undecided", "reconciled", "gate", "warnings")
    document: dict[str, Any] = {"schema": SCHEMA, "reader": reader, "action": action}
    document |= {name: [] for name in lists}
    print_json(document | {"entries": [_entry_document(entry)], "wire": None})


def as_document(result: ParkResult, session: Session) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.park-1.json)."""
    return {
        "schema": SCHEMA,
        "reader": result.reader,
        "action": result.action,
        "passes": [_pass_document(each) for each in result.passes if not each.empty],
        "entries": [_entry_document(each) for each in result.entries],
        "open": [_entry_document(each) for each in result.open],
        "undecided": [
            {
                **_entry_document(entry),
                "code": error.code,
                "message": error.message(session.language),
                "cause": error.cause(session.language),
                "remedy": error.advice(session.language),
            }
            for entry, error in result.undecided
        ],
        "reconciled": list(result.reconciled),
        "gate": [
            {
                "number": number,
                "admitted": verdict.admitted,
                "reason": session.say(verdict.reason),
            }
            for number, verdict in result.verdicts
        ],
        "warnings": warnings_of(result.notes, session),
        "wire": wire_of(result.wire),
    }


def _pass_document(each: Pass) -> dict[str, Any]:
    return {
        "number": each.number,
        "readable": each.readable,
        "type": each.pass_type,
        "year": each.year,
        "valid_from": each.valid_from.isoformat() if each.valid_from else None,
        "valid_to": each.valid_to.isoformat() if each.valid_to else None,
        "state": each.state.name.lower() if each.state else None,
        "uses": each.uses,
        "counter": each.counter,
    }


def _entry_document(entry: Entry) -> dict[str, Any]:
    meant = entry.intention
    return {
        "key": entry.key,
        "kind": meant.kind.value,
        "state": entry.state.value,
        "till": meant.till,
        "method": meant.method.value,
        "operator": meant.operator,
    }
