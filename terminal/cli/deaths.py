"""``guitai deaths``: the city's reminders of deaths are fetched, a wrong one is taken back."""

from __future__ import annotations

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.cli.service_view import say_owed
from terminal.registry import persons
from terminal.services.offered.deaths import Death, correct, take_reminders
from terminal.services.offered.desk import Desk
from terminal.services.offered.roles import KEEPERS
from terminal.texts import Text

SCHEMA = "guitai.deaths/1"
_NOTHING = Text("没有新的死亡提醒", "There is no new reminder")
_STRANGER = Text(
    "{day} 提醒：证件号码 {number}，登记库中没有此人",
    "Reminded on {day}: {number}, whom the registry does not know",
)
_KNOWN = Text(
    "{day} 提醒：证件号码 {number}（登记编号 {person}），已停止发放",
    "Reminded on {day}: {number} (person {person} here); nothing is handed over any more",
)
_RECALL = Text("  要召回的卡：{cards}，最迟 {day}", "  to be recalled: {cards}, by {day}")
_WITHDRAWN = Text("  已终止的申请：{numbers}", "  applications ended: {numbers}")
_ALIVE = Text(
    "登记编号 {number} 的人没有死亡记录，什么都没有改动",
    "No death of person {number} is on record; nothing was changed",
)
_CORRECTED = Text("已更正：登记编号 {number} 的人在世", "Corrected: person {number} is alive")


@click.group(help=help_text("死亡提醒：取回、更正。", "Reminders of deaths: fetched, corrected."))
def deaths() -> None:
    """Group what concerns deaths."""


@deaths.command(
    "fetch",
    help=help_text(
        "取回市系统的死亡提醒，列出要召回的卡。",
        "Fetch the city's reminders, and list the cards to be recalled.",
    ),
)
@desk_options
@json_option
@click.pass_obj
def fetch(session: Session, at_what: AtWhat) -> None:
    """Take reminders in."""
    with at_desk(session, at_what, KEEPERS) as at:
        found = take_reminders(at.desk)
    if session.as_json:
        documents = [
            {
                "reminder": each.reminder,
                "number": str(each.number),
                "reminded_on": each.reminded_on.isoformat(),
                "person": each.person_id,
                "to_recall": list(each.to_recall),
                "withdrawn": list(each.withdrawn),
                "by": each.by.day.isoformat() if each.by is not None else None,
                "owed": [session.say(text) for text in each.owed],
            }
            for each in found
        ]
        print_json({"schema": SCHEMA, "action": "fetch", "deaths": documents})
        return
    if not found:
        click.echo(session.say(_NOTHING))
    for each in found:
        _say(session, each)


@deaths.command(
    "correct",
    help=help_text(
        "更正错误的死亡记录（共享平台须显示在世）；须两人，写明依据。",
        "Take back a wrong one, once the authorities say alive; two people, with grounds.",
    ),
)
@click.argument("person", type=int)
@desk_options
@json_option
@click.pass_obj
def correct_(session: Session, person: int, at_what: AtWhat) -> None:
    """Take a death back."""
    with at_desk(session, at_what, KEEPERS) as at:
        alive = _alive(at.desk, person)
        correct(at.desk, person)
    if session.as_json:
        facts = {"person": person, "changed": not alive}
        print_json({"schema": SCHEMA, "action": "correct", **facts})
    else:
        click.echo(session.say(_ALIVE if alive else _CORRECTED, number=person))


def _alive(desk: Desk, person: int) -> bool:
    """Say whether no death is on record of somebody whom the registry knows."""
    with desk.registry.reading() as tx:
        try:
            return persons.get(tx, person).alive
        except KeyError:
            return False


def _say(session: Session, death: Death) -> None:
    facts = {"day": death.reminded_on, "number": death.number}
    if death.person_id is None:
        click.echo(session.say(_STRANGER, **facts))
        return
    click.echo(session.say(_KNOWN, person=death.person_id, **facts))
    if death.by is not None:
        cards = "、".join(map(str, death.to_recall))
        click.echo(session.say(_RECALL.filled(cards=cards, day=death.by.text)))
    if death.withdrawn:
        click.echo(session.say(_WITHDRAWN, numbers="、".join(map(str, death.withdrawn))))
    say_owed(session, death.owed)
