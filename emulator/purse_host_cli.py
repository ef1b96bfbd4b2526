"""``guitai emulate-host``: a software load host on this machine, until interrupted."""

from __future__ import annotations

import click

from card_profiles import development_keys
from emulator.cli_common import key_set_option, output_options, port_option, serve_until_ended
from emulator.purse_host import PurseHost

SCHEMA = "guitai.emulate-host/1"


@click.command()
@port_option
@key_set_option
@output_options
def emulate_host(port: int, key_set: str, as_json: bool) -> None:
    """运行软件充值主机 / run a software load host for the transit purse.

    就绪后输出一行，运行到中断为止 / prints one line when it is there, runs until interrupted.
    """
    host = PurseHost(development_keys.SETS[key_set])
    serve_until_ended(
        host.answer,
        port,
        lambda url: (
            f"充值主机就绪 load host ready: {key_set} TEST KEYS @ {url}",
            {"schema": SCHEMA, "keys": key_set, "url": url},
        ),
        as_json=as_json,
    )
