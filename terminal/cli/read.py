"""``guitai read``: the card and its holder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from card_profiles.tables import ETHNIC_GROUP, SEX, CodeTable
from terminal.cards.holder import Coded
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import (
    json_option,
    keys_option,
    reader_option,
    reveal_option,
    trace_option,
    trace_to,
    wait_option,
    warnings_of,
    wire_of,
)
from terminal.masking import Masked
from terminal.readers.pcsc import Scard
from terminal.services.read_holder import ReadResult, read_holder
from terminal.texts import Text

SCHEMA = "guitai.read/1"

_LABELS: tuple[tuple[str, str, Text], ...] = (
    ("holder", "name", Text("姓名", "Name")),
    ("holder", "sex", Text("性别", "Sex")),
    ("holder", "ethnic_group", Text("民族", "Ethnic group")),
    ("holder", "birth_date", Text("出生日期", "Born")),
    ("holder", "birthplace", Text("出生地", "Birthplace")),
    ("holder", "social_security_number", Text("社会保障号码", "Social security number")),
    ("card", "card_number", Text("卡号", "Card number")),
    ("card", "card_id", Text("卡识别码", "Card id")),
    ("card", "card_class", Text("卡的类别", "Card class")),
    ("card", "issue_date", Text("发卡日期", "Issued")),
    ("card", "expiry_date", Text("有效期至", "Valid until")),
    ("card", "specification_version", Text("规范版本", "Specification")),
    ("card", "initialising_organisation", Text("初始化机构", "Initialised by")),
)
_TABLES: dict[str, CodeTable] = {"sex": SEX, "ethnic_group": ETHNIC_GROUP}
_GENERATION = Text("第{number}代社会保障卡", "Social security card, generation {number}")
_CHINESE_NUMBERS = {1: "一", 2: "二", 3: "三"}
_INTERFACES = {"contact": Text("接触式", "contact"), "contactless": Text("非接触式", "contactless")}
_COLON = Text("：", ": ")
_NONE = Text("（无）", "(none)")
_WIRE = Text(
    "卡片通信：{commands} 条命令，发送 {sent} 字节，接收 {received} 字节",
    "On the wire: {commands} commands, {sent} bytes sent, {received} received",
)


@click.command(help=help_text("读取卡和持卡人信息。", "Read the card and its holder."))
@reader_option
@keys_option
@reveal_option
@wait_option
@click.option(
    "--no-internal-check",
    is_flag=True,
    help=help_text("不让卡先证明自己（少 4 条命令）", "do not let the card prove itself first"),
)
@trace_option
@json_option
@click.pass_obj
def read(
    session: Session,
    reader: str | None,
    keys_file: Path | None,
    reveal: bool,
    wait_seconds: float,
    no_internal_check: bool,
    trace_file: Path | None,
) -> None:
    """Read and show."""
    with trace_to(trace_file) as trace:
        result = read_holder(
            Scard(),
            session.config,
            reader=reader,
            keys_file=keys_file,
            wait_seconds=wait_seconds,
            internal_check=not no_internal_check,
            trace=trace,
            language=session.language,
        )
    document = as_document(result, session, reveal=reveal)
    if session.as_json:
        print_json(document)
    else:
        for line in as_lines(document, session):
            click.echo(line)


def as_document(result: ReadResult, session: Session, *, reveal: bool) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.read-1.json)."""
    reading, wire = result.reading, result.wire
    holder = reading.holder

    def shown(value: Any) -> Any:
        if isinstance(value, Masked):
            return shown(value.reveal()) if reveal else str(value)
        if isinstance(value, Coded):
            return {"code": value.code, "name": value.name}
        return value.isoformat() if isinstance(value, date) else value

    card_fields = (
        "card_id",
        "card_class",
        "specification_version",
        "initialising_organisation",
        "issue_date",
        "expiry_date",
        "card_number",
        "card_number_check",
    )
    holder_fields = (
        "social_security_number",
        "name",
        "sex",
        "ethnic_group",
        "birthplace",
        "birth_date",
    )
    return {
        "schema": SCHEMA,
        "reader": result.reader,
        "atr": reading.atr.hex().upper(),
        "interface": "contactless" if reading.contactless else "contact",
        "generation": reading.generation,
        "algorithm": reading.algorithm.label,
        "card": {name: shown(getattr(reading.card, name)) for name in card_fields},
        "holder": {name: shown(getattr(holder, name)) for name in holder_fields},
        "warnings": warnings_of(reading.notes, session),
        "wire": wire_of(wire),
    }


def as_lines(document: dict[str, Any], session: Session) -> Iterator[str]:
    """Write the same for people."""
    generation = document["generation"]
    number = _CHINESE_NUMBERS[generation] if session.language == "zh" else generation
    kind = session.say(_GENERATION, number=number)
    interface = session.say(_INTERFACES[document["interface"]])
    yield f"{kind} · {interface} · {document['algorithm'].upper()}"
    yield f"{document['reader']}"
    for part, name, label in _LABELS:
        value = document[part][name]
        if isinstance(value, dict):
            value = f"{_named(name, value, session)} ({value['code']})"
        yield f"  {label.say(session.language)}{session.say(_COLON)}{value or session.say(_NONE)}"
    for warning in document["warnings"]:
        yield f"! {warning['message']}"
    wire = document["wire"]
    yield session.say(
        _WIRE,
        commands=wire["commands"],
        sent=wire["bytes_sent"],
        received=wire["bytes_received"],
    )


def _named(field: str, value: dict[str, Any], session: Session) -> str:
    """Name a code in the run's language, where its table has both."""
    table = _TABLES.get(field)
    entry = table.lookup(value["code"]) if table and session.language == "en" else None
    return (entry.en if entry else None) or value["name"] or "?"
