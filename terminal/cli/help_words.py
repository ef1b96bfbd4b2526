"""Say in Chinese what click itself writes into help texts; its own words are English."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

_TITLES = {"Commands": "命令", "Options": "选项"}
_HELP = "Show this message and exit."
_USAGE = (("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 [参数]..."))
_BEHIND = re.compile(r"\[[^\[\]]*\]\Z")
_EXTRAS = (("default: ", "默认："), ("required", "必填"))


class ChineseHelp(click.HelpFormatter):
    """Write help as click does, its words in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the usage line."""
        for english, chinese in _USAGE:
            args = args.replace(english, chinese)
        super().write_usage(prog, args, "用法：" if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write the title of a section."""
        self.write(f"{'':>{self.current_indent}}{_TITLES.get(heading, heading)}：\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write a list of options or commands."""
        super().write_dl([(name, _said(text)) for name, text in rows], col_max, col_spacing)


def _said(text: str) -> str:
    return "显示本帮助" if text == _HELP else _BEHIND.sub(_extras, text)


def _extras(found: re.Match[str]) -> str:
    said = found[0]
    for english, chinese in _EXTRAS:
        said = said.replace(english, chinese)
    return said
