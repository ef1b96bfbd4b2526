"""``guitai keys``: make a key file, bring keys into it, check them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.errors import ComponentWrong
from terminal.keys.derivation import LEVELS
from terminal.keys.key_file import MARKS, MOST_VERSION, KeySet, is_known
from terminal.keys.passphrase import Prompt
from terminal.keys.service import CardKey
from terminal.keys.software import read_keys
from terminal.services import key_ceremony
from terminal.services.counter import key_service, passphrases
from terminal.services.key_ceremony import (
    CHECK_VALUE,
    LEAST_COMPONENTS,
    CheckValues,
    check_values,
)
from terminal.texts import Text

SCHEMA = "guitai.keys/1"
MOST_COMPONENTS = 9

_COMPONENT = Text(
    "第 {number} 个分量，共 {count} 个，请持有人输入 32 位十六进制（不显示）：",
    "Component {number} of {count}, its holder enters 32 hex digits (not shown): ",
)
_COMPONENT_CHECK = Text(
    "第 {number} 个分量的校验值：SM4 {sm4}，3DES {tdes}；请持有人与信封核对",
    "Check value of component {number}: SM4 {sm4}, 3DES {tdes}; compare it with the envelope",
)
_KEY_CHECK = Text("密钥的校验值：SM4 {sm4}，3DES {tdes}", "The key's: SM4 {sm4}, 3DES {tdes}")
_CONFIRM = Text("各方核对无误吗？输入 y 写入：", "Do all agree? Enter y to write it: ")
_YES = frozenset({"y", "yes", "是"})

_MADE = Text("密钥文件已建立：{file}", "Made the key file {file}")
_IMPORTED = Text("已导入 {key}", "Imported {key}")
_FILE = Text("{file}：{mark}，级别 {level}，{form}", "{file}: {mark}, level {level}, {form}")
_MARKS = {"test": Text("测试密钥", "test keys"), "live": Text("正式密钥", "live keys")}
_FORMS = {True: Text("加密", "encrypted"), False: Text("明文", "plain")}
_ROW = Text("  {key}{version}：SM4 {sm4}，3DES {tdes}", "  {key}{version}: SM4 {sm4}, 3DES {tdes}")
_VERSION = Text(" 版本 {version}", " version {version}")
_UNUSED = Text("（有更新的版本，不使用）", " (not used, there is a newer version)")
_PUBLIC = Text("（公开的开发密钥）", " (a public development key)")
_EMPTY = Text("  （没有密钥）", "  (no keys)")
_SERVICE = Text("密钥服务 {service}：{mark}", "Key service {service}: {mark}")
_NOTE = Text(
    "注意：含有公开的开发密钥，不论标记都按测试密钥对待",
    "Note: it holds public development keys and counts as test keys, whatever its mark",
)

_file_argument = click.argument("file", type=click.Path(path_type=Path, readable=False))


@click.group(help=help_text("密钥文件和密钥服务。", "Key files and the key service."))
def keys() -> None:
    """Group what is done with keys."""


@keys.command(help=help_text("新建加密密钥文件，口令输入两次。", "Make an encrypted key file."))
@_file_argument
@click.option(
    "--mark",
    type=click.Choice(MARKS),
    required=True,
    help=help_text("测试密钥或正式密钥", "whether its keys are test keys or live ones"),
)
@click.option(
    "--level",
    type=click.Choice(LEVELS),
    default=LEVELS[0],
    show_default=True,
    help=help_text("这些密钥处于哪一级", "the level its keys stand at"),
)
@json_option
@click.pass_obj
def init(session: Session, file: Path, mark: str, level: str) -> None:
    """Make an empty file."""
    made = key_ceremony.init(file, mark, level, passphrases(session.config, session.language))
    if not session.as_json:
        click.echo(session.say(_MADE, file=file))
    _show_file(session, file, made)


def _check_value(
    _ctx: click.Context, _parameter: click.Parameter, value: str | None
) -> bytes | None:
    """Read 6 to 16 hex digits."""
    if value is None:
        return None
    try:
        wanted = bytes.fromhex(value)
    except ValueError:
        wanted = b""
    if not CHECK_VALUE <= len(wanted) <= 8:
        raise click.BadParameter(
            help_text("校验值应为 6 到 16 位十六进制", "a check value has 6 to 16 hex digits")
        )
    return wanted


@keys.command("import", help=help_text("由多人分段导入一个密钥。", "Import a key in components."))
@_file_argument
@click.argument("application")
@click.argument("key")
@click.option(
    "--key-version",
    type=click.IntRange(0, MOST_VERSION),
    help=help_text("对卡声明的密钥版本", "the version to name to the card"),
)
@click.option(
    "--components",
    type=click.IntRange(LEAST_COMPONENTS, MOST_COMPONENTS),
    default=LEAST_COMPONENTS,
    show_default=True,
    help=help_text("分量个数", "how many components"),
)
@click.option(
    "--check-value",
    callback=_check_value,
    metavar="HEX",
    help=help_text("密钥应有的校验值", "the check value that the key must have"),
)
@click.option("--replace", is_flag=True, help=help_text("换掉已有的密钥", "replace what is there"))
@json_option
@click.pass_obj
def import_(
    session: Session,
    file: Path,
    application: str,
    key: str,
    key_version: int | None,
    components: int,
    check_value: bytes | None,
    replace: bool,
) -> None:
    """Let the holders of the components come one after another."""
    named = CardKey(application, key)
    if not is_known(named):
        raise click.BadArgumentUsage(
            help_text(f"没有 {application} {key} 这个密钥", f"there is no key {application} {key}")
        )
    source = passphrases(session.config, session.language)
    held = key_ceremony.import_key(
        file,
        partial(source.of, file),
        named,
        _AtTheDesk(session, source.prompt),
        version=key_version,
        components=components,
        check_value=check_value,
        replace=replace,
    )
    if not session.as_json:
        click.echo(session.say(_IMPORTED, key=named))
    _show_file(session, file, held)


@keys.command(
    help=help_text(
        "列出密钥文件的内容和校验值；不给文件则检查配置的密钥服务。",
        "List a key file with its check values; without one check the configured service.",
    )
)
@click.argument("file", type=click.Path(path_type=Path, readable=False), required=False)
@json_option
@click.pass_obj
def check(session: Session, file: Path | None) -> None:
    """Open it and say what is in it."""
    if file is None:
        _show_service(session)
        return
    source = passphrases(session.config, session.language)
    _show_file(session, file, read_keys(file, partial(source.of, file)))


class _AtTheDesk:
    """Be the people at the ceremony; what they are shown goes where the questions go."""

    def __init__(self, session: Session, prompt: Prompt) -> None:
        self._session = session
        self._prompt = prompt

    def enter(self, number: int, count: int) -> bytearray | None:
        """Ask a holder (Custodians)."""
        return self._prompt.hidden(self._session.say(_COMPONENT, number=number, count=count))

    def complain(self, wrong: ComponentWrong) -> None:
        """Say why it is asked again (Custodians)."""
        self._prompt.tell(wrong.cause(self._session.language))

    def compare(self, number: int, values: CheckValues) -> None:
        """Show a component's check values (Custodians)."""
        shown = self._session.say(_COMPONENT_CHECK, number=number, **_shown(values))
        self._prompt.tell(shown)

    def confirm(self, values: CheckValues) -> bool:
        """Show the key's and ask (Custodians)."""
        self._prompt.tell(self._session.say(_KEY_CHECK, **_shown(values)))
        answer = self._prompt.shown(self._session.say(_CONFIRM))
        return answer is not None and answer.lower() in _YES


def _shown(values: CheckValues) -> dict[str, str]:
    """Write the leading bytes as people compare them."""
    return {
        "sm4": values.sm4[:CHECK_VALUE].hex().upper(),
        "tdes": values.tdes[:CHECK_VALUE].hex().upper(),
    }


def _show_service(session: Session) -> None:
    """Open the configured key service and say what it is."""
    config = session.config
    service = key_service(config, language=session.language)
    test_keys = service.test_keys
    service.close()
    if session.as_json:
        print_json({"schema": SCHEMA, "service": config.keys.service, "test_keys": test_keys})
        return
    mark = _MARKS["test" if test_keys else "live"].say(session.language)
    click.echo(session.say(_SERVICE, service=config.keys.service, mark=mark))


def _show_file(session: Session, file: Path, held: KeySet) -> None:
    """Show what a file holds: names, versions and check values, never a key."""
    if session.as_json:
        print_json(_document(file, held))
        return
    for line in _lines(file, held, session):
        click.echo(line)


def _document(file: Path, held: KeySet) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.keys-1.json)."""
    return {
        "schema": SCHEMA,
        "file": str(file),
        "encrypted": held.encrypted,
        "mark": held.mark,
        "level": held.level,
        "test_keys": held.test_keys,
        "keys": [
            {
                "application": root.key.application,
                "key": root.key.name,
                "version": root.version,
                "in_use": held.find(root.key) is root,
                "check_value": _shown(check_values(root.value)),
                "public": root.public,
            }
            for root in held.roots
        ],
    }


def _lines(file: Path, held: KeySet, session: Session) -> Iterator[str]:
    """Write the same for people."""
    mark = _MARKS[held.mark].say(session.language)
    form = _FORMS[held.encrypted].say(session.language)
    yield session.say(_FILE, file=file, mark=mark, level=held.level, form=form)
    for root in held.roots:
        version = "" if root.version is None else session.say(_VERSION, version=root.version)
        row = session.say(_ROW, key=root.key, version=version, **_shown(check_values(root.value)))
        unused = "" if held.find(root.key) is root else session.say(_UNUSED)
        yield row + unused + (session.say(_PUBLIC) if root.public else "")
    if not held.roots:
        yield session.say(_EMPTY)
    if held.mark == "live" and held.test_keys:
        yield session.say(_NOTE)
