"""``guitai emulate-receipt-printer``: a software receipt printer; its paper is standard output."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

import click

from emulator.cli_common import fail, output_options
from emulator.on_pty import OnPty
from emulator.receipt_paper import CutMark, Mark
from emulator.receipt_printer import COLUMNS, SoftwareReceiptPrinter, shown
from emulator.receipt_printer_faults import NAMED

SCHEMA = "guitai.emulate-receipt-printer/1"
UNPLUG = "unplug"
_STDIN = 0
_MOST_READ = 4096
_HELP = f"fault NAME [LINES], clear, quit. NAME: {', '.join((*NAMED, UNPLUG))}"


@click.command()
@click.option(
    "--columns",
    type=click.Choice([str(each) for each in COLUMNS]),
    default=str(COLUMNS[-1]),
    show_default=True,
    help="纸宽，一行的字符数 / characters a line",
)
@click.option(
    "--kiosk", is_flag=True, help="按自助机打印机的方式应答 / answer as kiosk printers do"
)
@click.option(
    "--wide-font", is_flag=True, help="字库含四字节汉字 / a font with characters of four bytes"
)
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
def emulate_receipt_printer(
    columns: str,
    kiosk: bool,
    wide_font: bool,
    fault_names: tuple[str, ...],
    link: Path | None,
    with_log: bool,
    as_json: bool,
) -> None:
    """在伪终端上运行软件凭条打印机 / run a software receipt printer on a pseudo-terminal.

    打印的每一行写到标准输出。标准输入每行一个命令：fault 名称（paper-out 可加行数）、clear、quit。
    Each line printed goes to standard output. Commands on standard input: fault NAME (paper-out may
    say after how many lines), clear, quit.
    """
    width = int(columns)
    printer = SoftwareReceiptPrinter(
        width,
        kiosk=kiosk,
        wide_font=wide_font,
        on_mark=lambda mark: _print(mark, width, as_json=as_json),
        log=_log if with_log else _quiet,
    )
    for name in fault_names:
        printer.fail(name)
    try:
        with OnPty(printer, link) as served:
            _announce(served, link, width, as_json=as_json)
            _serve(printer, served)
    except OSError as error:
        fail(f"链接 {link} 无法建立：{error}", f"the link {link} cannot be made: {error}")


def _serve(printer: SoftwareReceiptPrinter, served: OnPty) -> None:
    """Do what stands on standard input until it says so, or until a signal.

    The end of standard input ends nothing, for a service has none. One that is in the background
    cannot read its terminal, and hears nobody.
    """
    heard, bell = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(bell, b"\0"))
    signal.signal(signal.SIGTTIN, signal.SIG_IGN)
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
            if words and not _obey(printer, served, words):
                click.echo(_HELP, err=True)


def _input() -> bytes:
    """Read what stands on standard input; nothing where that has ended or is not ours to read."""
    try:
        return os.read(_STDIN, _MOST_READ)
    except OSError:
        return b""


def _obey(printer: SoftwareReceiptPrinter, served: OnPty, words: list[str]) -> bool:
    """Do one line; tells whether it is known."""
    match words:
        case ["clear"]:
            printer.clear()
            served.plug()
        case ["fault", name] if name == UNPLUG:
            served.unplug()
        case ["fault", "paper-out", lines] if lines.isascii() and lines.isdigit():
            printer.run_out(int(lines))
        case ["fault", name] if name in NAMED:
            printer.fail(name)
        case _:
            return False
    return True


def _announce(served: OnPty, link: Path | None, columns: int, *, as_json: bool) -> None:
    """Say where the printer is."""
    if as_json:
        _say("ready", port=served.port, link=str(link) if link else None, columns=columns)
    else:
        click.echo(f"凭条打印机就绪 receipt printer ready: {columns} @ {link or served.port}")
    sys.stdout.flush()


def _print(mark: Mark, columns: int, *, as_json: bool) -> None:
    """Put a line or a cut on standard output; where nobody reads it any more, it is lost."""
    with contextlib.suppress(BrokenPipeError):
        if not as_json:
            click.echo(shown(mark, columns))
        elif isinstance(mark, CutMark):
            _say("cut", partial=mark.partial)
        else:
            _say(
                "line",
                text=mark.text,
                align=mark.align.name.lower(),
                width=mark.width,
                height=mark.height,
                bold=mark.bold,
                underlined=mark.underlined,
            )


def _say(event: str, **facts: Any) -> None:
    document = {"schema": SCHEMA, "event": event, **facts}
    click.echo(json.dumps(document, ensure_ascii=False))


def _log(line: str) -> None:
    click.echo(line, err=True)


def _quiet(_line: str) -> None:
    """Log nothing."""
