"""``guitai person``: find somebody by document or card; put a card that there is on record."""

from __future__ import annotations

import click

from terminal.cli.app import Session, help_text, print_json
from terminal.cli.asking import ask_line, ask_named
from terminal.cli.at_desk import AtWhat, at_desk, channel_of, desk_options
from terminal.cli.laid_cards import Cards, card_at, card_options, tools_for
from terminal.cli.options import json_option, reveal_option
from terminal.cli.person_view import ShownPerson
from terminal.cli.whom import document_options, nationality_option
from terminal.rules.documents import DocumentKind
from terminal.rules.vocabulary import FACE_TO_FACE, Service
from terminal.services.duties import named
from terminal.services.offered.chip_facts import read_chip
from terminal.services.offered.electronic import Outcome, follow
from terminal.services.offered.looking import look_up
from terminal.services.offered.register import register as put_on_record
from terminal.services.offered.roles import KEEPERS, roles_to_look
from terminal.services.offered.slot import Slot
from terminal.services.offered.wishes import WISHES
from terminal.texts import Text

SCHEMA = "guitai.person/1"
_REGISTERED = Text(
    "已登记：{person} 的卡 {card}（登记编号 {number}）",
    "On record: the card {card} of {person} (number {number} here)",
)
_KNOWN = Text(
    "先前已登记，没有改动：{person} 的卡 {card}（登记编号 {number}）",
    "On record before, and left as it is: the card {card} of {person} (number {number} here)",
)

_ELECTRONIC = {
    Outcome.REGISTERED: Text(
        "已登记：{person} 的电子卡 {card}（登记编号 {number}）",
        "On record: the electronic card {card} of {person} (number {number} here)",
    ),
    Outcome.KNOWN: Text(
        "先前已登记，没有改动：{person} 的电子卡 {card}（登记编号 {number}）",
        "On record before, and left as it is: the electronic card {card} of {person} (number"
        " {number} here)",
    ),
    Outcome.ENDED: Text(
        "市社保卡管理系统已没有这张电子卡，已登记为注销：{person} 的电子卡 {card}",
        "The city's card system has it no more, and it is on record as cancelled: the electronic"
        " card {card} of {person}",
    ),
}


@click.group(help=help_text("持卡人：查找、登记已有的卡。", "Holders: find them, register a card."))
def person() -> None:
    """Group what is asked of persons."""


@person.command(
    "find",
    help=help_text(
        "按证件（或放上的卡）查找此人和名下的卡、申请、待办；每次查询都有记录。",
        "Find a person by document or card, with cards, applications and duties; every look is on"
        " record.",
    ),
)
@document_options
@nationality_option
@click.option(
    "--for",
    "service",
    required=True,
    type=click.Choice([each.value for each in Service], case_sensitive=False),
    metavar="SERVICE",
    help=help_text("为哪项业务查询，如 S-STATUS", "for which service, such as S-STATUS"),
)
@reveal_option
@card_options
@desk_options
@json_option
@click.pass_obj
def find(
    session: Session,
    document: str | None,
    nationality: str,
    service: str,
    reveal: bool,
    cards: Cards,
    at_what: AtWhat,
) -> None:
    """Print what concerns a person."""
    with at_desk(session, at_what, roles_to_look(channel_of(session))) as at:
        holder = None
        if document or at.desk.where.channel not in FACE_TO_FACE:
            kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
            holder = ask_named(session, kind, at.desk.today, nationality=nationality, name=False)
        with card_at(session, at.desk, cards, laid=holder is None) as desk:
            dossier = look_up(
                desk,
                holder,
                service=service,
                reason=at_what.reason or desk.where.channel.value,
                revealed=reveal,
            )
        now = at.desk.registry.clock()
        owed = [named(at.desk, each, now) for each in dossier.duties]
    shown = ShownPerson(session, reveal=reveal)
    if session.as_json:
        print_json({"schema": SCHEMA, "action": "find", **shown.document(dossier, owed)})
        return
    for line in shown.lines(dossier, owed):
        click.echo(line)


@person.command(
    "register",
    help=help_text(
        "登记放上的卡和持卡人：第一、二代卡，或本市别处发的第三代卡；对不上的须两人核对。",
        "Put the card laid on and its holder on record: of generation 1 or 2, or issued elsewhere"
        " in the city; two people where something does not fit.",
    ),
)
@document_options
@nationality_option
@click.option(
    "--bank",
    default="",
    metavar="CODE",
    help=help_text(
        "卡面上的合作银行（市系统没有说明时）", "the bank on its face, where the city names none"
    ),
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    type=click.Choice(["mobile", "birth", "name"]),
    help=help_text("还要登记的内容，随后输入", "what is put on record besides, asked for"),
)
@card_options
@desk_options
@json_option
@click.pass_obj
def register(
    session: Session,
    document: str | None,
    nationality: str,
    bank: str,
    settings: tuple[str, ...],
    cards: Cards,
    at_what: AtWhat,
) -> None:
    """Put a card and its holder on record."""
    with at_desk(session, at_what, KEEPERS) as at:
        kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
        holder = ask_named(session, kind, at.desk.today, nationality=nationality)
        said = {name: ask_line(session, WISHES[name].text) for name in settings}
        with (
            tools_for(session, cards, at.desk.operator) as tools,
            Slot(tools, cards.reader) as slot,
        ):
            chip = read_chip(slot)
        done = put_on_record(at.desk, holder, chip, said, bank)
    shown = ShownPerson(session)
    if session.as_json:
        document_ = {"repeated": done.repeated, "card": shown.card_document(done.card)}
        print_json({"schema": SCHEMA, "action": "register", **document_})
        return
    text = _KNOWN if done.repeated else _REGISTERED
    facts = {"person": done.person.name, "card": shown.number_of(done.card)}
    click.echo(session.say(text, number=done.card.id, **facts))
    for line in shown.card_lines(done.card):
        click.echo(line)


@person.command(
    "electronic",
    help=help_text(
        "向市社保卡管理系统查此人的电子卡，照它所说登记或注销；不用放卡。",
        "Ask the city's card system for a person's electronic card and put on record what it says;"
        " no card is laid on.",
    ),
)
@document_options
@nationality_option
@desk_options
@json_option
@click.pass_obj
def electronic(session: Session, document: str | None, nationality: str, at_what: AtWhat) -> None:
    """Have the registry follow the city's word on an electronic card."""
    with at_desk(session, at_what, KEEPERS) as at:
        kind = DocumentKind(document or DocumentKind.CITIZEN_ID)
        holder = ask_named(session, kind, at.desk.today, nationality=nationality)
        done = follow(at.desk, holder)
    shown = ShownPerson(session)
    if session.as_json:
        document_ = {"outcome": done.outcome.value, "card": shown.card_document(done.card)}
        print_json({"schema": SCHEMA, "action": "electronic", **document_})
        return
    facts = {"person": done.person.name, "card": shown.number_of(done.card)}
    click.echo(session.say(_ELECTRONIC[done.outcome], number=done.card.id, **facts))
