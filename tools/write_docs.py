"""Write the pages that are made from code; a test calls :func:`pages` and compares."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from page_regulation import regulation_page
from page_states import states_page

from terminal.cards.notes import TEXTS
from terminal.diagnosis.examine import catalogue as diagnosis_catalogue
from terminal.errors import GuitaiError, catalogue

ROOT = Path(__file__).parents[1]

ERRORS_HEAD = """\
# 错误与警告 Errors and warnings

由 `tools/docs` 从 `terminal/errors/` 和 `terminal/cards/notes.py` 生成，请勿手改。
Made from the code by `tools/docs`; edit there.

每个错误都说明发生了什么、为什么、现在怎么办。Every error says what happened, why, and what to do
now; with `--json` it is `{"error": {"code", "message", "cause", "remedy", "retry"}}`
([schema](schemas/guitai.error-1.json)).

**重试 Retry**: `safe` 随时可重做 may be repeated at any time ·
`after_reconcile` 先查清卡是否已改动 only after it is known whether the card was changed ·
`never` 不改变条件重做无用 not without a change.

**退出码 Exit status**: 0 完成 done · 1 未完成 not done · 2 用法错误 wrong usage ·
3 读卡服务 PC/SC · 4 读卡器 reader · 5 卡 card · 6 卡内容 content · 7 密钥 keys ·
8 设置 settings · 9 程序 program · 10 服务密码 service PIN · 11 桌面设备 device ·
12 流水 journal · 13 交通钱包 transit purse · 14 公园年票 park pass · 15 登记库 registry ·
16 实施细则 regulation · 17 其他部门 other parties · 18 操作员 operators · 19 审计 audit ·
20 备份 backup ·
130 被中断 interrupted.
"""
WARNINGS_HEAD = """
## 警告 Warnings

读卡结果中的 `warnings`：卡与规范不符，但仍已读出。In `warnings` of a reading: the card deviates
from its standard and was read all the same.

| code | 中文 | English |
| --- | --- | --- |
"""


def errors_page() -> str:
    return ERRORS_HEAD + "".join(_errors()) + WARNINGS_HEAD + "".join(_warnings())


def _errors() -> Iterator[str]:
    family = None
    for leaf in catalogue():
        parent = leaf.__mro__[1]
        if parent is not family:
            family = parent
            title = (parent.__doc__ or "").splitlines()[0].removeprefix("Say that it is ")
            title = title.removeprefix("Say that ").rstrip(".")
            yield f"\n## {title[:1].upper()}{title[1:]} (exit {parent.exit_status})\n"
        yield f"\n### `{leaf.code}`\n\n"
        yield f"重试 retry: `{leaf.retry.value}`\n\n"
        yield "| | 中文 | English |\n| --- | --- | --- |\n"
        for label, text in (
            ("发生了什么 what", leaf.what),
            ("为什么 why", leaf.why),
            ("怎么办 remedy", leaf.remedy),
        ):
            yield f"| {label} | {_cell(text.zh)} | {_cell(text.en)} |\n"


def _warnings() -> Iterator[str]:
    for code, text in TEXTS.items():
        yield f"| `{code}` | {_cell(text.zh)} | {_cell(text.en)} |\n"


def _cell(text: str) -> str:
    """Show a sentence in a table; its {facts} as what they are."""
    shown = re.sub(r"(?<!\{)\{(\w+)[^}]*\}(?!\})", r"‹\1›", text.replace("|", "\\|"))
    return shown.replace("{{", "{").replace("}}", "}")


DOCTOR_HEAD = """\
# guitai doctor 查什么 What guitai doctor looks for

由 `tools/docs` 从 `terminal/diagnosis/` 生成，请勿手改。
Made from the code by `tools/docs`; edit there.

`ok` 正常 as it should be · `note` 供参考 worth knowing · `warn` 早晚会出问题 will hurt some day ·
`fail` 现在就不能用 does not work like this. Exit status 3 where anything fails, else 0.

| code | level | 中文 | English | 办法 remedy |
| --- | --- | --- | --- | --- |
"""


def doctor_page() -> str:
    return DOCTOR_HEAD + "".join(
        f"| `{kind.code}` | {kind.level} | {_cell(kind.what.zh)} | {_cell(kind.what.en)} |"
        f" {_cell(f'{kind.remedy.zh}<br>{kind.remedy.en}' if kind.remedy else '')} |\n"
        for kind in diagnosis_catalogue()
    )


def pages() -> dict[Path, str]:
    """Give every page made from code by its place."""
    return {
        ROOT / "docs/errors.md": errors_page(),
        ROOT / "docs/doctor.md": doctor_page(),
        ROOT / "docs/regulation.md": regulation_page(),
        ROOT / "docs/states.md": states_page(),
    }


def main() -> int:
    assert GuitaiError.__doc__
    stale = [path for path, text in pages().items() if _read(path) != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the code says; run tools/docs")
        return bool(stale)
    for path in stale:
        path.write_text(pages()[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
