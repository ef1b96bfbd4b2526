"""Say in Chinese what click finds wrong with a command line; its own words are English."""

from __future__ import annotations

import re

import click

from terminal.texts import Text

_SENTENCES = (
    (re.compile(r"No such command '(.*?)'\..*"), "没有命令 {0}"),
    (re.compile(r"Got unexpected extra arguments? \((.*)\)"), "多出的参数 {0}"),
    (re.compile(r"Missing command\."), "缺少命令"),
)


def usage_words(wrong: click.ClickException) -> Text:
    """Put what is wrong into both languages; what we have no words for stays click's."""
    return Text(_chinese(wrong), wrong.format_message())


def _chinese(wrong: click.ClickException) -> str:
    match wrong:
        case click.NoSuchOption():
            return f"没有选项 {wrong.option_name}"
        case click.MissingParameter():
            return f"缺少 {_name(wrong)}"
        case click.BadParameter():
            return f"{_name(wrong)} 的值不对：{_wanted(wrong)}"
        case click.BadOptionUsage():
            return f"选项 {wrong.option_name} 的写法不对"
    said = wrong.format_message()
    for pattern, sentence in _SENTENCES:
        if found := pattern.fullmatch(said):
            return sentence.format(*found.groups())
    return said


def _name(wrong: click.BadParameter) -> str:
    if isinstance(wrong.param, click.Option):
        return max(wrong.param.opts, key=len)
    return wrong.param.make_metavar(wrong.ctx) if wrong.param and wrong.ctx else "参数"


def _wanted(wrong: click.BadParameter) -> str:
    kind = wrong.param.type if wrong.param else None
    if isinstance(kind, click.Choice):
        return f"应为 {'、'.join(map(str, kind.choices))} 之一"
    if isinstance(kind, (click.IntRange, click.FloatRange)):
        least = "" if kind.min is None else f"，最小 {kind.min:g}"
        most = "" if kind.max is None else f"，最大 {kind.max:g}"
        return f"应为数字{least}{most}"
    if kind in {click.INT, click.FLOAT}:
        return "应为数字"
    return wrong.message
