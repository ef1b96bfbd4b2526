"""``guitai emulate-pin-pad``: a software PIN pad on a pseudo-terminal, until interrupted."""

from __future__ import annotations

import itertools
import json
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import click

from apdu.zt598_switches import Model
from emulator.cli_common import fail
from emulator.on_pty import OnPty
from emulator.pin_pad import SoftwarePinPad
from emulator.pin_pad_entry import parse_keys

SCHEMA = "guitai.emulate-pin-pad/1"


def _scripts(texts: tuple[str, ...]) -> Iterable[bytes]:
    """Read the scripts; after the last entry's comes the first again."""
    try:
        return itertools.cycle([parse_keys(text) for text in texts])
    except ValueError as error:
        fail(f"--script 有误：{error}", f"--script is wrong: {error}")


@click.command()
@click.option(
    "--model",
    type=click.Choice([each.value for each in Model]),
    default=Model.ZT598.value,
    show_default=True,
)
@click.option(
    "--link",
    type=click.Path(path_type=Path, readable=False),
    metavar="PATH",
    help="指向端口的符号链接 / symlink to the port",
)
@click.option(
    "--script",
    "scripts",
    multiple=True,
    metavar="KEYS",
    help='每次输入依次按的键，如 "123456 ENTER"，用完从头再来 / keys pressed at each entry in turn,'
    ' such as "123456 ENTER", over and over',
)
@click.option(
    "--log", "with_log", is_flag=True, help="在标准错误上记录命令和按键 / log to standard error"
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False, help="界面语言 / language"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def emulate_pin_pad(
    model: str, link: Path | None, scripts: tuple[str, ...], with_log: bool, as_json: bool
) -> None:
    """在伪终端上运行软件密码键盘 / run a software PIN pad on a pseudo-terminal.

    就绪后输出一行，运行到中断为止 / prints one line when it is there, runs until interrupted.
    """
    pad = SoftwarePinPad(model, script=_scripts(scripts), log=_log if with_log else _quiet)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        with OnPty(pad, link) as served:
            _announce(model, served.port, link, as_json)
            over.wait()
    except OSError as error:
        fail(f"链接 {link} 无法建立：{error}", f"the link {link} cannot be made: {error}")


def _log(line: str) -> None:
    click.echo(line, err=True)


def _quiet(_line: str) -> None:
    """Log nothing."""


def _announce(model: str, port: str, link: Path | None, as_json: bool) -> None:
    """Say once where the pad is."""
    if as_json:
        document = {
            "schema": SCHEMA,
            "model": model,
            "port": port,
            "link": str(link) if link else None,
        }
        click.echo(json.dumps(document))
    else:
        click.echo(f"密码键盘就绪 PIN pad ready: {model} @ {link or port}")
    sys.stdout.flush()
