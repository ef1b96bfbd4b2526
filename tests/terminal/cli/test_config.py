"""``guitai config check``: what every command at the desk would refuse is found before one does."""

from pathlib import Path

import pytest
from desk import Ran

from terminal.cli.app import run


def checked(config: Path, capsys: pytest.CaptureFixture[str]) -> Ran:
    """Check a configuration."""
    status = run(["--config", str(config), "config", "check", "--json"])
    captured = capsys.readouterr()
    return Ran(status, captured.out, captured.err)


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ('[rules.pin]\nS-NOWHERE = "verify"', "rules.pin 中的 S-NOWHERE 不能改"),
        ('[rules.pin]\nS-TRANSIT-LOAD = "old"', "rules.pin.S-TRANSIT-LOAD 应为 verify 或 none"),
        ('[parties.bank]\nurl = "bank.example"', "parties.bank.url 应为 https:// 地址"),
        ('[parties.bank]\nurl = "http://bank.example/"', "parties.bank.url 应为 https:// 地址"),
        ('[park]\nurl = "park.example"', "park.url 应为 https:// 地址"),
        ('[outlet]\ndesk = ""', "outlet.id 和 outlet.desk"),
        ('[rules]\nholidays_file = "wrong.toml"', "放假安排表 "),
    ],
)
def test_what_every_command_would_refuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, cause: str
) -> None:
    """Their remedy is to run this: it must not say then that all is right."""
    (tmp_path / "wrong.toml").write_text("[years]\n")
    config = tmp_path / "guitai.toml"
    config.write_text(lines)
    ran = checked(config, capsys)
    error = ran.json["error"]
    assert (ran.status, error["code"]) == (8, "config_wrong")
    assert cause in error["cause"]
    assert str(config) in error["remedy"]


@pytest.mark.parametrize(
    ("content", "cause"),
    [(None, "没有这个文件"), (b"\xff\xfe[year.2027]", "不是 UTF-8 编码的文字")],
)
def test_a_table_of_holidays_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, cause: str
) -> None:
    """Which file, and what is wrong with it, is a sentence."""
    if content is not None:
        (tmp_path / "holidays.toml").write_bytes(content)
    config = tmp_path / "guitai.toml"
    config.write_text('[rules]\nholidays_file = "holidays.toml"\n')
    error = checked(config, capsys).json["error"]
    assert error["code"] == "file_trouble"
    assert str(tmp_path / "holidays.toml") in error["message"]
    assert cause in error["cause"]
