"""``guitai doctor``: why smart cards do not work here."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.options import json_option
from terminal.config import Config
from terminal.diagnosis.examine import examine
from terminal.diagnosis.finding import Finding, Level, verdict
from terminal.diagnosis.machine import Machine, this_machine
from terminal.readers.pcsc import Scard
from terminal.services.counter import key_service
from terminal.services.offered.sitting import demand_desk
from terminal.texts import Language, Text

SCHEMA = "guitai.doctor/1"
FAILED = 3
_SIGNS = {
    Level.OK: Text("好  ", "ok  "),
    Level.NOTE: Text("注意", "note"),
    Level.WARN: Text("警告", "warn"),
    Level.FAIL: Text("错误", "FAIL"),
}
"""Four columns wide, told apart without colour."""
_VERDICTS = {
    Level.OK: Text("结论：一切正常", "Verdict: all is well"),
    Level.WARN: Text(
        "结论：可以使用，有 {warn} 处警告", "Verdict: it works, with {warn} warning(s)"
    ),
    Level.FAIL: Text(
        "结论：不能使用，有 {fail} 处错误、{warn} 处警告",
        "Verdict: it does not work; {fail} failure(s), {warn} warning(s)",
    ),
}


@click.command(
    help=help_text("检查读卡服务为什么不工作。", "Say why smart cards do not work here.")
)
@json_option
@click.pass_context
def doctor(context: click.Context) -> None:
    """Examine the machine, tell what was found; exit status 3 where something fails."""
    session: Session = context.obj
    findings = examine(machine_of(session))
    if session.as_json:
        print_json(document(findings, session.language))
    else:
        _tell(findings, session)
    if verdict(findings) is Level.FAIL:
        context.exit(FAILED)


def machine_of(session: Session) -> Machine:
    """Give the machine to examine, with the configuration that the run was told."""
    return this_machine(
        Scard(),
        config_path=session.config_path,
        test_keys=_test_keys,
        demand_desk=demand_desk,
    )


def _test_keys(config: Config) -> bool:
    with closing(key_service(config)) as keys:
        return keys.test_keys


def document(findings: list[Finding], language: Language) -> dict[str, Any]:
    """Make the JSON form (docs/schemas/guitai.doctor-1.json)."""
    return {
        "schema": SCHEMA,
        "verdict": verdict(findings).value,
        "findings": [
            {
                "code": each.code,
                "level": each.level.value,
                "message": each.what.say(language),
                "remedy": None if each.remedy is None else each.remedy.say(language),
            }
            for each in findings
        ],
    }


def _tell(findings: list[Finding], session: Session) -> None:
    """Print a line a finding, its remedy under it, the verdict last."""
    for each in findings:
        code = "" if each.level is Level.OK else f" [{each.code}]"
        click.echo(f"{session.say(_SIGNS[each.level])} {session.say(each.what)}{code}")
        if each.remedy is not None:
            click.echo(f"       → {session.say(each.remedy)}")
    levels = [each.level for each in findings]
    counts = {"fail": levels.count(Level.FAIL), "warn": levels.count(Level.WARN)}
    click.echo(session.say(_VERDICTS[verdict(findings)], **counts))
