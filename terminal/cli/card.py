"""``guitai card``: the files behind a proof, and the bank part's account."""

from __future__ import annotations

import json
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import click

from card_profiles.addresses import Place
from card_profiles.model import Item
from terminal.cards.bank import BankApplication
from terminal.cards.protected_files import By, needs
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import reveal_option, warnings_of, wire_of
from terminal.cli.visits import Where, card_command, entry_of, visit_at
from terminal.errors import InputWrong, WrongUsage
from terminal.private_files import MOST_BYTES, read_file
from terminal.services.card_files import FileDesk, FileResult, parse_value, shown
from terminal.texts import Text

SCHEMA = "guitai.card/1"
STANDARD_INPUT = "-"
_NONE = Text("（无）", "(none)")
_WRITTEN = Text("已写入 {file}：{items}", "Written to {file}: {items}")
_ACCESS = Text("读：{read}；写：{write}", "read: {read}, write: {write}")
_ACCOUNT = (
    ("scheme", Text("应用", "Application")),
    ("account_number", Text("银行账号", "Account number")),
    ("name", Text("户名", "Name")),
    ("expiry_date", Text("有效期至", "Valid until")),
)
_COLON = Text("：", ": ")


@click.group(help=help_text("卡上受保护的数据。", "Protected data on the card."))
def card() -> None:
    """Group what is done with files."""


@card.command(help=help_text("列出卡上的文件和数据项。", "List the card's files and items."))
@card_command
def files(
    session: Session,
    where: Where,
) -> None:
    """List what the card has."""
    with visit_at(session, where) as visit:
        found = FileDesk(visit, entry_of(session)).files()
        document = {
            "schema": SCHEMA,
            "reader": visit.reader,
            "files": [_described(each) for each in found],
            "warnings": warnings_of(visit.card.notes, session),
            "wire": wire_of(visit.wire),
        }
    if session.as_json:
        print_json(document)
        return
    for place in found:
        file = place.file
        access = session.say(
            _ACCESS, read=session.say(needs(file.read)), write=session.say(needs(file.write))
        )
        title = file.zh if session.language == "zh" and file.zh else file.name
        click.echo(f"{place.name}  {title}  [{access}]")
        for item in file.items:
            label = item.zh if session.language == "zh" and item.zh else item.name
            click.echo(f"  {item.tag:02X} {item.name}  {label}")


def _described(place: Place) -> dict[str, Any]:
    file = place.file
    return {
        "name": place.name,
        "application": place.application.name,
        "title": {"zh": file.zh, "en": file.name},
        "structure": file.structure.value,
        "read": str(file.read),
        "write": str(file.write),
        "project_defined": file.project_defined or place.application.project_defined,
        "items": [_named(each) for each in file.items],
    }


def _named(item: Item) -> dict[str, Any]:
    return {"tag": f"{item.tag:02X}", "name": item.name, "title": {"zh": item.zh, "en": item.name}}


@card.command(help=help_text("读取一个文件。", "Read one file."))
@click.argument("file")
@click.argument("items", nargs=-1, metavar="[ITEM...]")
@click.option(
    "--by",
    type=click.Choice(["key", "pin"]),
    help=help_text("用密钥还是服务密码", "prove a key, or let the holder enter the PIN"),
)
@click.option(
    "--last-try",
    is_flag=True,
    help=help_text("只剩最后 1 次机会时也要用", "spend even the last try"),
)
@reveal_option
@card_command
def get(
    session: Session,
    where: Where,
    file: str,
    items: tuple[str, ...],
    by: By | None,
    last_try: bool,
    reveal: bool,
) -> None:
    """Read and show."""
    with visit_at(session, where) as visit:
        desk = FileDesk(visit, entry_of(session), last_try=last_try)
        place = desk.place(file)
        wanted = desk.items(place, items)
        result = desk.read(place, by)
    document = _content(result, session, wanted, reveal=reveal)
    if session.as_json:
        print_json(document)
        return
    shown: Counter[str] = Counter()
    repeated = {f"{item.tag:02X}" for item in place.file.items if item.count > 1 and item.tag}
    for value in document["values"]:
        title = value["title"]["zh" if session.language == "zh" else "en"] or value["name"]
        tag = value["tag"]
        shown[tag] += 1
        which = f"{tag}:{shown[tag]}" if tag in repeated else tag  # as card set names it
        click.echo(f"  {which} {title}{session.say(_COLON)}{_text(value['value'], session)}")
    _say_warnings(document)


def _content(
    result: FileResult, session: Session, wanted: tuple[Item, ...], *, reveal: bool
) -> dict[str, Any]:
    assert result.content is not None
    values = [
        {
            "number": each.number,
            "tag": f"{each.tag:02X}",
            "name": each.item.name if each.item else None,
            "title": {
                "zh": each.item.zh if each.item else "",
                "en": each.item.name if each.item else "",
            },
            "value": shown(each, reveal=reveal),
            "readable": each.readable,
        }
        for each in result.content.values
        if not wanted or each.item in wanted
    ]
    return {
        "schema": SCHEMA,
        "reader": result.reader,
        "file": result.content.place.name,
        "values": values,
        "warnings": warnings_of(result.notes, session),
        "wire": wire_of(result.wire),
    }


def _text(value: Any, session: Session) -> str:
    if value is None:
        return session.say(_NONE)
    if isinstance(value, dict):
        if value.keys() == {"code", "name"}:
            return f"{value['name'] or '?'} ({value['code']})"
        parts = (f"{name}={_text(each, session)}" for name, each in value.items())
        return " ".join(parts)
    return str(value)


@card.command(
    name="set",
    help=help_text(
        "写入数据项；值在提示处输入，或用 --input 给出 JSON。"
        "ITEM 为名称或标签，同名多条的写作 40:2。",
        "Write items; values are asked for, or given as JSON by --input. ITEM is a name or a tag,"
        " 40:2 the second of one tag.",
    ),
)
@click.argument("file")
@click.argument("items", nargs=-1, metavar="[ITEM...]")
@click.option(
    "--input",
    "source",
    metavar="FILE",
    help=help_text("JSON 文件，- 为标准输入", "JSON of item: value; - is standard input"),
)
@card_command
def set_items(
    session: Session,
    where: Where,
    file: str,
    items: tuple[str, ...],
    source: str | None,
) -> None:
    """Write. Values never stand on the command line, where every user of the machine reads them."""
    if bool(items) == (source is not None):
        raise WrongUsage(detail="ITEM… | --input FILE")
    given = _read_input(source) if source is not None else None
    with visit_at(session, where) as visit:
        desk = FileDesk(visit, entry_of(session))
        place = desk.place(file)
        names = tuple(given) if given is not None else items
        found = desk.items(place, names)
        typed = (
            list(given.values()) if given is not None else [_ask(each, session) for each in found]
        )
        values = {
            name: parse_value(item, each)
            for name, item, each in zip(names, found, typed, strict=True)
        }
        result = desk.write(place, values)
    written = [_named(item) for item in result.written]
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "reader": result.reader,
                "file": place.name,
                "written": written,
                "warnings": warnings_of(result.notes, session),
                "wire": wire_of(result.wire),
            }
        )
        return
    separator = "、" if session.language == "zh" else ", "
    titles = (
        item.zh if session.language == "zh" and item.zh else item.name for item in result.written
    )
    click.echo(session.say(_WRITTEN, file=place.name, items=separator.join(titles)))
    for warning in warnings_of(result.notes, session):
        click.echo(f"! {warning['message']}")


def _ask(item: Item, session: Session) -> str:
    """Ask for a value at the terminal, or take the next line of standard input."""
    label = item.zh if session.language == "zh" and item.zh else item.name
    click.echo(f"{label}{session.say(_COLON)}", nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip()


def _read_input(source: str) -> dict[str, Any]:
    """Read one JSON object, in which no name comes twice."""
    if source == STANDARD_INPUT:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
    else:
        data = read_file(Path(source)).data
    try:
        given = json.loads(data[: MOST_BYTES + 1].decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        given = None  # the parser's own message would quote what was given
    if not isinstance(given, dict) or not given:
        raise InputWrong(source=source)
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) != len({name for name, _ in pairs}):
        raise ValueError("a name comes twice")
    return dict(pairs)


@card.command(
    help=help_text(
        "读取银行应用的账号和户名（遮盖）。", "Read the bank part's account and name, masked."
    )
)
@reveal_option
@partial(card_command, with_keys=False)
def bank(
    session: Session,
    where: Where,
    reveal: bool,
) -> None:
    """Read the account; nothing else is done with the bank's application."""
    with visit_at(session, where, with_keys=False) as visit:
        account = visit.run(lambda found: BankApplication(found.elsewhere()).read())
        document: dict[str, Any] = {
            "schema": SCHEMA,
            "reader": visit.reader,
            "account": {
                "scheme": account.scheme,
                "account_number": _revealed(account.account_number, reveal=reveal),
                "name": _revealed(account.name, reveal=reveal),
                "expiry_date": account.expiry_date and account.expiry_date.isoformat(),
            },
            "warnings": warnings_of(account.notes, session),
            "wire": wire_of(visit.wire),
        }
    if session.as_json:
        print_json(document)
        return
    for name, label in _ACCOUNT:
        value = document["account"][name] or session.say(_NONE)
        click.echo(f"  {session.say(label)}{session.say(_COLON)}{value}")
    _say_warnings(document)


def _revealed(value: Any, *, reveal: bool) -> Any:
    if value is None:
        return None
    return value.reveal() if reveal else str(value)


def _say_warnings(document: dict[str, Any]) -> None:
    for warning in document["warnings"]:
        click.echo(f"! {warning['message']}")
