"""What click says of a wrong command line, in Chinese: a clerk reads no English."""

import re

import pytest

from terminal.cli.app import run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["transit", "load"], "缺少 AMOUNT"),
        (["transit", "load", "1", "2"], "多出的参数 2"),
        (["transit", "lod"], "没有命令 lod"),
        (["transit", "show", "--wat"], "没有选项 --wat"),
        (
            ["transit", "load", "1", "--method", "gold"],
            "--method 的值不对：应为 cash、transfer 之一",
        ),
        (
            ["transit", "load", "1", "--settle-wait", "900"],
            "--settle-wait 的值不对：应为数字，最小 0，最大 600",
        ),
        (["transit", "load", "1", "--wait", "x"], "--wait 的值不对：应为数字"),
        (["transit", "load", "1", "--wait", "nan"], "--wait 的值不对：应为数字"),
        (["park", "buy", "abc"], "YEAR 的值不对：应为数字，最小 2000，最大 2999"),
        (["journal", "reconcile", "--counted", "-5"], "--counted 的值不对：金额请写成 50 或 50.50"),
        (["transit", "load", "1", "--key", "k"], "8 至 64 个字母、数字"),
        (["transit", "pay", "1", "--at", "zz"], "各 4 位"),
        (["transit", "pay", "1", "--at", "0800:1900"], "--at 要和 --entry"),
        (["transit", "close"], "缺少 --for"),
        (["journal", "list", "--day", "x"], "--day 的值不对"),
    ],
)
def test_each(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """What is wrong and where, without a word of English beside the names."""
    assert run(arguments) == 2
    line = next(each for each in capsys.readouterr().err.splitlines() if "wrong_usage" in each)
    assert said in line
    words = re.sub(r"\[wrong_usage\]|--[a-z-]+|AMOUNT|YEAR|YYYY-MM-DD", "", line)
    assert re.findall(r"[A-Za-z]{4,}", words.replace("transfer", "").replace("cash", "")) == []


def test_english_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """Who asked for English gets click's own."""
    assert run(["transit", "load"], "en") == 2
    assert "Missing argument 'AMOUNT'" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["service"], ["service", "run"], ["found", "report"]])
def test_help(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """The frame of a help text is click's: in Chinese it is Chinese too, in English its own."""
    assert run([*command, "--help"], "zh") == 0
    chinese = capsys.readouterr().out
    assert chinese.startswith("用法：guitai ")
    assert "选项：\n" in chinese
    for word in ("Usage", "Options", "Commands", "Show this", "OPTIONS", "default:"):
        assert word not in chinese
    assert run([*command, "--help"], "en") == 0
    english = capsys.readouterr().out
    assert english.startswith("Usage: guitai ")
    assert "Show this message and exit." in english
