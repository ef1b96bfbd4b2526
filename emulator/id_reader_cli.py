"""``guitai emulate-id-reader``: a software reader of identity documents, until told to quit."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from card_profiles.identifiers import CITIZEN_ID_LENGTH
from emulator.cli_common import fail, output_options
from emulator.id_cards import KINDS, IdCard, card
from emulator.id_reader import SoftwareIdReader
from emulator.id_reader_faults import NAMED
from emulator.on_pty import OnPty

SCHEMA = "guitai.emulate-id-reader/1"
_UNLIMITED = "长期"
_STDIN = 0
_MOST_READ = 4096


def _day(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> date | None:
    """Read a day, 长期 as date.max, which says so until the document is made."""
    if value is None:
        return None
    if value in {_UNLIMITED, "unlimited"}:
        return date.max
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"YYYY-MM-DD, {_UNLIMITED}, unlimited") from None


@click.command()
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    default=KINDS[0],
    show_default=True,
    help="证件种类 / kind of document",
)
@click.option("--name", help="姓名 / name")
@click.option("--cut-name", is_flag=True, help="过长的姓名截断 / cut a name longer than its cell")
@click.option("--english-name", help="英文姓名（外国人） / English name, of a foreigner")
@click.option(
    "--number", help="证件号码，出生日期和性别随之 / number; birth date and sex follow it"
)
@click.option(
    "--address", help="住址，过长的转入最新住址 / address; what is too long goes on as newest"
)
@click.option("--newest-address", help="最新住址 / newest address")
@click.option(
    "--valid-until",
    callback=_day,
    metavar="DAY",
    help="有效期至，YYYY-MM-DD 或 长期 / last day, or unlimited",
)
@click.option("--empty", is_flag=True, help="先不放证件 / lay nothing at first")
@click.option(
    "--fault",
    "fault_names",
    multiple=True,
    type=click.Choice(list(NAMED)),
    help="一开始就有的故障 / what is wrong from the start",
)
@click.option(
    "--link",
    type=click.Path(path_type=Path, readable=False),
    metavar="PATH",
    help="指向端口的符号链接 / symlink to the port",
)
@click.option(
    "--log", "with_log", is_flag=True, help="在标准错误上记录命令 / log to standard error"
)
@output_options
def emulate_id_reader(
    kind: str,
    cut_name: bool,
    newest_address: str | None,
    empty: bool,
    fault_names: tuple[str, ...],
    link: Path | None,
    with_log: bool,
    as_json: bool,
    **items: Any,
) -> None:
    """在伪终端上运行软件身份证阅读器 / run a software reader of identity documents.

    证件是编造的。标准输入每行一个命令：lay 重新放上、lift 拿起、fault 名称、mend 排除故障、quit。
    The document is made up. Commands on standard input: lay, lift, fault NAME, mend, quit.
    """
    document = _document(kind, items, cut_name=cut_name, newest_address=newest_address)
    reader = SoftwareIdReader(log=_log if with_log else _quiet)
    for name in fault_names:
        NAMED[name](reader.faults)
    if not empty:
        reader.lay(document)
    try:
        with OnPty(reader, link) as served:
            _serve(reader, document, lambda: _announce(reader, served.port, link, as_json))
    except OSError as error:
        fail(f"链接 {link} 无法建立：{error}", f"the link {link} cannot be made: {error}")


def _serve(reader: SoftwareIdReader, document: IdCard, say: Callable[[], None]) -> None:
    """Do what stands on standard input until it says so, or until a signal.

    The end of standard input ends nothing, for a service has none. One that is in the background
    cannot read its terminal, and hears nobody.
    """
    heard, bell = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(bell, b"\0"))
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    say()
    sources = [heard, _STDIN]
    pending = b""
    while True:
        ready, _, _ = select.select(sources, [], [])
        if heard in ready:
            return
        data = _input()
        if not data:
            sources = [heard]
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            words = line.decode("utf-8", "replace").split()
            if words == ["quit"]:
                return
            if words and _obey(reader, document, words):
                say()
            elif words:
                names = ", ".join(NAMED)
                click.echo(f"lay, lift, fault NAME, mend, quit. NAME: {names}", err=True)


def _input() -> bytes:
    """Read what stands on standard input; nothing where that has ended or is not ours to read."""
    try:
        return os.read(_STDIN, _MOST_READ)
    except OSError:
        return b""


def _obey(reader: SoftwareIdReader, document: IdCard, words: list[str]) -> bool:
    """Do one line; tells whether it is known."""
    match words:
        case ["lay"]:
            reader.lay(document)
        case ["lift"]:
            reader.lift()
        case ["mend"]:
            reader.mend()
        case ["fault", name] if name in NAMED:
            NAMED[name](reader.faults)
        case _:
            return False
    return True


def _document(
    kind: str, items: dict[str, Any], *, cut_name: bool, newest_address: str | None
) -> IdCard:
    """Make the document of the options; who it is for is made up where nothing is said."""
    fields = {name: value for name, value in items.items() if value is not None}
    if fields.get("valid_until") == date.max:
        fields["valid_until"] = None
    try:
        fields |= _of_number(fields.get("number", ""))
        return card(kind, cut_name=cut_name, newest_address=newest_address, **fields)
    except ValueError as error:
        fail(f"证件有误：{error}", f"the document is wrong: {error}")


def _of_number(number: str) -> dict[str, Any]:
    """Give birth date and sex as a number of 18 characters has them (GB 11643)."""
    if len(number) != CITIZEN_ID_LENGTH:
        return {}
    born = datetime.strptime(number[6:14], "%Y%m%d").date()  # noqa: DTZ007  a day, no moment
    return {"birth": born, "sex": "1" if int(number[16]) % 2 else "2"}


def _log(line: str) -> None:
    click.echo(line, err=True)


def _quiet(_line: str) -> None:
    """Log nothing."""


def _announce(reader: SoftwareIdReader, port: str, link: Path | None, as_json: bool) -> None:
    """Say where the reader is, and how far it is with its document."""
    if as_json:
        document = {
            "schema": SCHEMA,
            "port": port,
            "link": str(link) if link else None,
            "state": reader.state.value,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"身份证阅读器就绪 ID reader ready: {reader.state.value} @ {link or port}")
    sys.stdout.flush()
