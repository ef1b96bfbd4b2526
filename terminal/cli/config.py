"""``guitai config``: show and check the one configuration."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields, is_dataclass
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.config import DEFAULT_PATH
from terminal.devices.zt598 import open_pin_pad
from terminal.journal.opening import journal_path
from terminal.services.counter import key_service
from terminal.services.offered.sitting import demand_desk
from terminal.texts import Text

SCHEMA = "guitai.config/1"
_DEFAULTS = Text(
    "没有配置文件（{path}），使用默认值", "no configuration file ({path}), defaults are used"
)
_GOOD = Text("配置无误：{source}", "The configuration is right: {source}")
_TEST_KEYS = Text(
    "注意：当前使用测试密钥，只能用于软件卡和测试卡",
    "Note: these are test keys, fit for software and test cards only",
)


@click.group(help=help_text("查看和检查配置。", "Show and check the configuration."))
def config() -> None:
    """Group the two."""


@config.command(help=help_text("显示生效的配置。", "Show the configuration in force."))
@json_option
@click.pass_obj
def show(session: Session) -> None:
    """Print every setting with its value in force."""
    settings = _plain(session.config)
    source = settings.pop("source")
    if session.as_json:
        print_json({"schema": SCHEMA, "source": source or None, "settings": settings})
        return
    click.echo(f"# {source or session.say(_DEFAULTS, path=DEFAULT_PATH)}")
    for line in _toml(settings):
        click.echo(line)


@config.command(help=help_text("检查配置文件和密钥文件。", "Check configuration and key file."))
@json_option
@click.pass_obj
def check(session: Session) -> None:
    """Read everything that the configuration names, and say what is wrong."""
    settings = session.config
    with closing(key_service(settings, language=session.language)) as keys:
        test_keys = keys.test_keys
    open_pin_pad(
        settings.pin_pad, settings.source
    ).close()  # its switches and UID file; no port is opened for it
    journal_path(settings)  # in production it has to be said; the journal is made when needed
    demand_desk(settings)
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "source": settings.source or None,
                "valid": True,
                "test_keys": test_keys,
            }
        )
        return
    source = settings.source or session.say(_DEFAULTS, path=DEFAULT_PATH)
    click.echo(session.say(_GOOD, source=source))
    if test_keys:
        click.echo(session.say(_TEST_KEYS))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    return dict(value) if isinstance(value, Mapping) else value


def _toml(settings: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Write settings as the TOML that would give them."""
    plain = {name: each for name, each in settings.items() if not isinstance(each, dict)}
    lines = [f"{name} = {_literal(each)}" for name, each in plain.items()]
    for name, each in settings.items():
        if isinstance(each, dict):
            lines += ["", f"[{prefix}{name}]", *_toml(each, f"{prefix}{name}.")]
    return lines


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return str(value)
