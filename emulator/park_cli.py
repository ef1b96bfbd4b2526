"""``guitai emulate-park``: the park pass system in software, until interrupted."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import NoReturn

import click

from card_profiles import development_keys
from emulator.key_host import serve
from emulator.park_system import ParkFault, ParkSystem

SCHEMA = "guitai.emulate-park/1"
_LAST_PORT = 65_535


def _fail(zh: str, en: str) -> NoReturn:
    session = click.get_current_context().find_root().obj
    raise click.UsageError(zh if getattr(session, "language", "zh") == "zh" else en)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_PORT),
    default=0,
    show_default=True,
    help="127.0.0.1 上的端口，0 任选 / port of 127.0.0.1, 0 for a free one",
)
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="年票登记簿，没有则新建 / the ledger, made where it is missing",
)
@click.option(
    "--refuse",
    "refused",
    multiple=True,
    metavar="NUMBER",
    help="不能购买的社会保障号码 / a social security number that may not buy",
)
@click.option(
    "--renamed",
    multiple=True,
    metavar="OLD:NEW",
    help="换过社会保障号码的人 / a person whose social security number changed",
)
@click.option(
    "--fault",
    type=click.Choice([each.value for each in ParkFault]),
    default=ParkFault.UP.value,
    show_default=True,
    help="今天的状况 / how it is today",
)
@click.option(
    "--keys",
    "key_set",
    type=click.Choice(list(development_keys.SETS)),
    default="uniform",
    show_default=True,
    help="测试密钥组 / set of TEST KEYS",
)
@click.option(
    "--lang", type=click.Choice(["zh", "en"]), expose_value=False, help="界面语言 / language"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def emulate_park(
    port: int,
    path: Path | None,
    refused: tuple[str, ...],
    renamed: tuple[str, ...],
    fault: str,
    key_set: str,
    as_json: bool,
) -> None:
    """运行软件公园年票系统 / run a software park pass system.

    就绪后输出一行，运行到中断为止 / prints one line when it is there, runs until interrupted.
    """
    if path is not None and not path.parent.is_dir():
        _fail(f"没有文件夹 {path.parent}", f"there is no folder {path.parent}")
    try:
        system = ParkSystem(
            path,
            refused=frozenset(refused),
            renamed=dict(_pair(each) for each in renamed),
            root_of=development_keys.SETS[key_set],
            fault=ParkFault(fault),
        )
    except (ValueError, OSError) as error:
        _fail(f"登记簿 {path} 不可用：{error}", f"the ledger {path} is unusable: {error}")
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        with serve(system.answer, port=port) as url:
            _announce(url, path, as_json)
            over.wait()
    except OSError as error:
        _fail(
            f"端口 {port} 不能用：{error.strerror}", f"port {port} cannot be used: {error.strerror}"
        )


def _pair(text: str) -> tuple[str, str]:
    old, _, new = text.partition(":")
    if not (old and new):
        _fail(f"--renamed 应写成 OLD:NEW，不是 {text}", f"--renamed is OLD:NEW, not {text}")
    return old, new


def _announce(url: str, path: Path | None, as_json: bool) -> None:
    """Say once where it is."""
    if as_json:
        file = str(path) if path else None
        click.echo(json.dumps({"schema": SCHEMA, "url": url, "file": file}))
    else:
        click.echo(f"公园年票系统就绪 park pass system ready: {url}")
    sys.stdout.flush()
