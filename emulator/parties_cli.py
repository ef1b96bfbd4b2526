"""``guitai emulate-parties``: the other parties in software, until interrupted."""

from __future__ import annotations

from pathlib import Path

import click

from emulator.cli_common import fail, output_options, port_option, serve_until_ended
from emulator.parties.city import NAMES, City
from emulator.parties.party import Fault

SCHEMA = "guitai.emulate-parties/1"
TELEPHONE = "010-00000000"
"""Nobody's."""
MOST_SECONDS = 600


@click.command()
@port_option
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="各方的登记簿放在这里，没有则新建 / where each keeps what it was told, in memory without",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="PARTY=FAULT",
    help=f"今天的状况，例如 bank=down / how one is today: {', '.join(Fault)}",
)
@click.option(
    "--slow-seconds",
    type=click.FloatRange(0, MOST_SECONDS),
    default=15.0,
    show_default=True,
    help="slow 时隔多久应答 / how late an answer is where it is slow",
)
@click.option(
    "--closed-register",
    is_flag=True,
    help="只认登记过的人、账户和卡 / know nobody and nothing that was not told",
)
@output_options
def emulate_parties(
    port: int,
    folder: Path | None,
    faults: tuple[str, ...],
    slow_seconds: float,
    closed_register: bool,
    as_json: bool,
) -> None:
    """运行软件的其他各方：银行、清算、数据共享、短信等 / run the other parties in software.

    就绪后输出地址和要抄进配置的几段，运行到中断为止 / prints where it is and what to copy into the
    configuration, runs until interrupted.
    """
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        city = City(folder, open_register=not closed_register, slow_seconds=slow_seconds)
    except (ValueError, OSError) as error:
        fail(f"登记簿不可用：{error}", f"a ledger is unusable: {error}")
    for each in faults:
        name, _, fault = each.partition("=")
        if name not in NAMES or fault not in set(Fault):
            listed = f"{', '.join(NAMES)} = {', '.join(Fault)}"
            fail(f"--fault 不认识 {each}（{listed}）", f"--fault does not know {each} ({listed})")
        getattr(city, name).set_fault(fault)
    serve_until_ended(
        city.answer,
        port,
        lambda url: (
            f"# 其他各方就绪 other parties ready: {url}\n{tables(url)}",
            {
                "schema": SCHEMA,
                "url": url,
                "folder": str(folder) if folder else None,
                "parties": {name: f"{url}{name}" for name in NAMES},
            },
        ),
        as_json=as_json,
    )


def tables(url: str) -> str:
    """Give the configuration's tables for the parties at an address."""
    return "\n".join(
        f'\n[parties.{name}]\nurl = "{url}{name}"\ntelephone = "{TELEPHONE}"' for name in NAMES
    )
