"""What may be found of the things on a desk when each is asked: devices, lines, books.

``guitai doctor`` looks at the machine and asks none of them; the console's page of the desk does
both, in the same words (terminal/web/examining.py). What a device itself reports as wrong is said
in the words of the error catalogue, under its code.
"""

from __future__ import annotations

from terminal.diagnosis.finding import Finding, Kind, Level
from terminal.errors import GuitaiError
from terminal.texts import Text

NOT_CONFIGURED = Kind(
    "not_configured",
    Level.NOTE,
    Text("没有配置：{device}", "Not configured: {device}"),
)
IN_USE = Kind(
    "in_use",
    Level.NOTE,
    Text("正在办理业务，{device}这次没有检查", "A service is under way: {device} not asked"),
)
DEVICE_ANSWERS = Kind(
    "device_answers",
    Level.OK,
    Text("{device}应答正常：{model}", "The {device} answers and is well: {model}"),
)
BATTERY_LOW = Kind(
    "battery_low",
    Level.WARN,
    Text("{device}的电池电量低", "The battery of the {device} is low"),
    Text(
        "请尽快更换{device}，电池耗尽后它会清除密钥",
        "Replace the {device} soon: it forgets its keys when the battery is empty",
    ),
)
SELF_TEST_FAILED = Kind(
    "self_test_failed",
    Level.FAIL,
    Text("{device}自检失败", "The {device} failed its self-test"),
    Text(
        "请断电后重新接上；仍如此请检修或更换{device}",
        "Unplug it and plug it in again; else have the {device} mended or changed",
    ),
)
PAPER_LOW = Kind(
    "paper_low",
    Level.WARN,
    Text("{device}的纸快用完了", "The paper of the {device} is nearly used up"),
    Text("请准备换纸卷", "Have a new roll ready"),
)
KEYS_READY = Kind(
    "keys_ready",
    Level.OK,
    Text("{device}应答正常，密钥可用", "The {device} answers, and its keys can be used"),
)
LINE_ANSWERS = Kind(
    "line_answers",
    Level.OK,
    Text("{party}的线路接通", "The line to {party} answers"),
)
REGISTRY_WORKS = Kind(
    "registry_works",
    Level.OK,
    Text("登记库可以使用，时钟可信", "The registry can be read, and the clock is believed"),
)
JOURNAL_CLEAR = Kind(
    "journal_clear",
    Level.OK,
    Text("写卡流水可以使用，没有未办完的", "The journal works, and nothing in it is open"),
)
JOURNAL_OPEN = Kind(
    "journal_open",
    Level.WARN,
    Text("写卡流水中有 {count} 笔没有办完", "Entries of the journal that are open: {count}"),
    Text(
        "持卡人再来时放上那张卡，按提示先处理；不要另做一笔",
        "When the holder comes again lay the card on and settle it first; begin no other",
    ),
)
AUDIT_WHOLE = Kind(
    "audit_whole",
    Level.OK,
    Text(
        "审计链 {chain} 的链尾完好，到第 {number} 条",
        "The end of the audit chain {chain} is whole, up to row {number}",
    ),
)


def of_error(error: GuitaiError) -> Finding:
    """Make a finding of what the error catalogue says, under the same code."""
    what = Text(
        f"{error.message('zh')}：{error.cause('zh')}", f"{error.message('en')}: {error.cause('en')}"
    )
    remedy = Text(error.advice("zh"), error.advice("en"))
    return Finding(error.code, Level.FAIL, what, remedy)
