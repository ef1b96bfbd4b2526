"""Our own configuration: right, its roles bound to readers that are there, its keys."""

from __future__ import annotations

from collections.abc import Iterator

from terminal.config import DEFAULT_PATH
from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.diagnosis.machine import Machine
from terminal.errors import GuitaiError, NoReader, ReaderAmbiguous, ReaderNotFound
from terminal.readers.identity import choose
from terminal.texts import Text

CONFIG_RIGHT = Kind(
    "config_right",
    Level.OK,
    Text("配置无误：{source}", "The configuration is right: {source}"),
)
CONFIG_DEFAULTS = Kind(
    "config_defaults",
    Level.OK,
    Text("没有配置文件（{path}），使用默认值", "No configuration file ({path}); defaults are used"),
)
CONFIG_WRONG = Kind(
    "config_wrong",
    Level.FAIL,
    Text("{what_zh}：{why_zh}", "{what_en}: {why_en}"),
    Text("{remedy_zh}", "{remedy_en}"),
)
KEYS_WRONG = Kind(
    "keys_wrong",
    Level.FAIL,
    Text("{what_zh}：{why_zh}", "{what_en}: {why_en}"),
    Text("{remedy_zh}", "{remedy_en}"),
)
ROLE_UNFILLED = Kind(
    "role_unfilled",
    Level.FAIL,
    Text(
        "配置的角色 {role}（“{piece}”）找不到读卡器",
        "No reader fits the configured role {role} (“{piece}”)",
    ),
    Text(
        "请接上这个读卡器，或用 guitai readers 查看名称后改正配置 [readers.roles]",
        "Plug that reader in, or correct [readers.roles]; guitai readers shows the names",
    ),
)
ROLE_AMBIGUOUS = Kind(
    "role_ambiguous",
    Level.FAIL,
    Text(
        "配置的角色 {role}（“{piece}”）符合多个读卡器：{readers}",
        "Several readers fit the configured role {role} (“{piece}”): {readers}",
    ),
    Text(
        "请在配置 [readers.roles] 里写长一些，例如带上序列号",
        "Write more of the name under [readers.roles], the serial number for example",
    ),
)
TEST_KEYS = Kind(
    "test_keys",
    Level.NOTE,
    Text(
        "正在使用测试密钥，只能用于软件卡和测试卡",
        "Test keys are in use, fit for software and test cards only",
    ),
)
PRODUCTION = Kind(
    "production",
    Level.OK,
    Text("生产模式，使用正式密钥", "Production mode, with live keys"),
)


def configuration(machine: Machine) -> Iterator[Finding]:
    """Read the configuration and open its key service."""
    try:
        config = machine.config
        machine.demand_desk(config)
    except GuitaiError as error:
        yield CONFIG_WRONG.found(**_sentences(error))
        return
    if config.source:
        yield CONFIG_RIGHT.found(source=config.source)
    else:
        yield CONFIG_DEFAULTS.found(path=DEFAULT_PATH)
    try:
        test_keys = machine.test_keys(config)
    except GuitaiError as error:
        yield KEYS_WRONG.found(**_sentences(error))
        return
    if test_keys:
        yield TEST_KEYS.found()
    elif config.production:
        yield PRODUCTION.found()


def roles(machine: Machine) -> Iterator[Finding]:
    """Look for a reader for each configured role; nothing where PC/SC does not answer."""
    if not machine.sight.answered:
        return
    try:
        bound = machine.config.readers.roles
    except GuitaiError:
        # Said by `configuration`.
        return
    names = [view.name for view in machine.sight.readers]
    for role, piece in sorted(bound.items()):
        try:
            choose(names, role, roles=bound)
        except (NoReader, ReaderNotFound):
            yield ROLE_UNFILLED.found(role=role, piece=piece)
        except ReaderAmbiguous as error:
            yield ROLE_AMBIGUOUS.found(role=role, piece=piece, readers=error.facts["readers"])


def _sentences(error: GuitaiError) -> dict[str, object]:
    return {
        "what_zh": error.message("zh"),
        "what_en": error.message("en"),
        "why_zh": error.cause("zh"),
        "why_en": error.cause("en"),
        "remedy_zh": error.advice("zh"),
        "remedy_en": error.advice("en"),
    }
