"""``guitai id-reader``: whether the reader of identity documents works, and what it reads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any

import click

from card_profiles.tables import ETHNIC_GROUP, NATIONALITY, SEX, CodeTable
from terminal.beijing_time import beijing_day
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option, reveal_option
from terminal.config import MOST_SECONDS
from terminal.devices.id_reader import IdDocument, IdReaderHealth, IdReaderInfo
from terminal.devices.sam_a import open_id_reader
from terminal.errors import DeviceError
from terminal.masking import mask_day, mask_name, mask_number
from terminal.rules.documents import DOCUMENTS, check_number
from terminal.texts import Text

SCHEMA = "guitai.id-reader/1"
_LAY = Text("请把证件放在阅读器上", "Lay the document on the reader")
_NUMBER = Text("模块号：{number}", "Module number: {number}")
_GOOD = Text("自检正常，可以读证件", "The self-test is passed; it can read documents")
_BROKEN = Text("自检失败，请检修或更换", "The self-test failed; have it mended or changed")
_UNAUTHORISED = Text(
    "安全模块未经授权，不能读证件；请联系厂家",
    "Its module is not authorised and cannot read documents; ask its maker",
)
_CUT = Text(
    "姓名占满了格子，证件上的姓名可能更长，请核对",
    "the name fills its cell; the document may show a longer one, look at it",
)
_EXPIRED = Text("证件已过有效期", "the document has expired")
_WITHOUT_END = Text("长期", "without end")
_COLON = Text("：", ": ")
_LABELS: tuple[tuple[str, Text], ...] = (
    ("name", Text("姓名", "Name")),
    ("english_name", Text("英文姓名", "English name")),
    ("sex", Text("性别", "Sex")),
    ("nation", Text("民族", "Ethnic group")),
    ("nationality", Text("国籍", "Nationality")),
    ("birth_date", Text("出生日期", "Born")),
    ("address", Text("住址", "Address")),
    ("number", Text("证件号码", "Number")),
    ("pass_number", Text("通行证号码", "Travel permit")),
    ("authority", Text("签发机关", "Issued by")),
    ("valid_from", Text("有效期自", "Valid from")),
    ("valid_until", Text("有效期至", "Valid until")),
)


@click.group(
    name="id-reader",
    help=help_text("身份证阅读器：检查、读证件。", "The reader of identity documents: test, read."),
)
def id_reader() -> None:
    """Group the two."""


@id_reader.command(help=help_text("检查阅读器是否正常。", "Ask the reader whether it works."))
@json_option
@click.pass_obj
def test(session: Session) -> None:
    """Ask which reader it is and how it is; one that cannot read ends with status 11."""
    settings = session.config.id_reader
    with closing(open_id_reader(settings, session.config.source)) as reader:
        info, health = reader.info(), reader.self_test()
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "action": "test",
                "port": settings.port,
                "number": info.number.hex().upper(),
                "working": health.working,
                "authorised": health.authorised,
            }
        )
    else:
        for line in _health_lines(info, health, session):
            click.echo(line)
    if not (health.working and health.authorised):
        click.get_current_context().exit(DeviceError.exit_status)


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    """Refuse NaN, which is below no limit and above none."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("NaN")
    return value


@id_reader.command(
    help=help_text("读一张证件，默认遮盖。", "Read a document, masked unless revealed.")
)
@click.option(
    "--wait",
    "wait_seconds",
    type=click.FloatRange(0, MOST_SECONDS),
    callback=_seconds,
    metavar="SECONDS",
    help=help_text("等证件的秒数，默认按配置", "seconds to wait for it, by default as configured"),
)
@reveal_option
@json_option
@click.pass_obj
def read(session: Session, wait_seconds: float | None, reveal: bool) -> None:
    """Wait for a document and show it."""
    settings = session.config.id_reader
    seconds = settings.timeout_seconds if wait_seconds is None else wait_seconds
    asked: list[float] = []

    def waiting(left: float) -> None:
        # The first time it is only looked whether one lies there already.
        if len(asked) == 1:
            click.echo(session.say(_LAY), err=True)
        asked.append(left)

    with closing(open_id_reader(settings, session.config.source)) as reader:
        document = reader.read(seconds, waiting)
    today = beijing_day(datetime.now(UTC))
    shown = as_document(document, session, reveal=reveal)
    warnings = list(_warnings(document, today, session))
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "action": "read",
                "port": settings.port,
                "document": shown,
                "warnings": warnings,
            }
        )
        return
    click.echo(session.say(DOCUMENTS[document.kind].text))
    for line in _document_lines(shown, session):
        click.echo(line)
    for warning in warnings:
        click.echo(f"! {warning['message']}")


def as_document(document: IdDocument, session: Session, *, reveal: bool) -> dict[str, Any]:
    """Make the JSON form of a document (docs/schemas/guitai.id-reader-1.json)."""

    def name(text: str) -> str:
        return text if reveal else mask_name(text)

    def number(text: str) -> str:
        return text if reveal else mask_number(text)

    birth = document.birth.isoformat()
    until = document.valid_until
    return {
        "kind": document.kind.value,
        "name": name(document.name),
        "english_name": name(document.english_name),
        "name_cut": document.name_cut,
        "sex": _coded(SEX, document.sex, session),
        "nation": _coded(ETHNIC_GROUP, document.nation, session) if document.nation else None,
        "nationality": (
            _coded(NATIONALITY, document.nationality, session) if document.nationality else None
        ),
        "birth_date": birth if reveal else mask_day(birth),
        "address": name(document.address),
        "number": number(document.number),
        "authority": document.authority,
        "valid_from": document.valid_from.isoformat(),
        "valid_until": until.isoformat() if until is not None else None,
        "pass_number": number(document.pass_number),
    }


def _coded(table: CodeTable, code: str, session: Session) -> dict[str, str | None]:
    """Give a code with its name in the run's language, where it has one."""
    entry = table.lookup(code)
    if entry is None:
        return {"code": code, "name": None}
    return {"code": code, "name": (entry.en if session.language == "en" else None) or entry.zh}


def _warnings(document: IdDocument, today: date, session: Session) -> Iterator[dict[str, str]]:
    """Say what is unusual; none of it repeats what was read."""
    if document.name_cut:
        yield {"code": "name_cut", "message": session.say(_CUT)}
    if document.valid_until is not None and document.valid_until < today:
        yield {"code": "expired", "message": session.say(_EXPIRED)}
    problem = check_number(document.kind, document.number, today=today)
    if problem is not None:
        yield {"code": problem.kind.value, "message": session.say(problem.text)}


def _health_lines(info: IdReaderInfo, health: IdReaderHealth, session: Session) -> Iterator[str]:
    yield session.say(_NUMBER, number=info.number.hex(" ").upper())
    if not health.working:
        yield session.say(_BROKEN)
    elif not health.authorised:
        yield session.say(_UNAUTHORISED)
    else:
        yield session.say(_GOOD)


def _document_lines(shown: dict[str, Any], session: Session) -> Iterator[str]:
    for key, label in _LABELS:
        value = shown[key]
        if key == "valid_until" and value is None:
            value = session.say(_WITHOUT_END)
        if isinstance(value, dict):
            value = f"{value['name'] or '?'} ({value['code']})"
        if value:
            yield f"  {session.say(label)}{session.say(_COLON)}{value}"
