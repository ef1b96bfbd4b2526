"""``guitai emulate-park``: the park pass system in software, until interrupted."""

from __future__ import annotations

from pathlib import Path

import click

from card_profiles import development_keys
from emulator.cli_common import (
    fail,
    key_set_option,
    output_options,
    port_option,
    serve_until_ended,
)
from emulator.park_system import ParkFault, ParkSystem

SCHEMA = "guitai.emulate-park/1"


@click.command()
@port_option
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
@key_set_option
@output_options
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
        fail(f"没有文件夹 {path.parent}", f"there is no folder {path.parent}")
    try:
        system = ParkSystem(
            path,
            refused=frozenset(refused),
            renamed=dict(_pair(each) for each in renamed),
            root_of=development_keys.SETS[key_set],
            fault=ParkFault(fault),
        )
    except (ValueError, OSError) as error:
        fail(f"登记簿 {path} 不可用：{error}", f"the ledger {path} is unusable: {error}")
    serve_until_ended(
        system.answer,
        port,
        lambda url: (
            f"公园年票系统就绪 park pass system ready: {url}",
            {"schema": SCHEMA, "url": url, "file": str(path) if path else None},
        ),
        as_json=as_json,
    )


def _pair(text: str) -> tuple[str, str]:
    old, _, new = text.partition(":")
    if not (old and new):
        fail(f"--renamed 应写成 OLD:NEW，不是 {text}", f"--renamed is OLD:NEW, not {text}")
    return old, new
