"""``guitai custody``: cards that their holders do not have: listed, recalled, destroyed."""

from __future__ import annotations

import click

from terminal.beijing_time import beijing_day
from terminal.cli.act_view import card_argument, show_act
from terminal.cli.app import Session, help_text, print_json
from terminal.cli.at_desk import AtWhat, at_desk, desk_options
from terminal.cli.options import json_option
from terminal.cli.service_view import say_owed
from terminal.rules.states import LIFE
from terminal.services.offered import custody as acts
from terminal.services.offered import hand_out
from terminal.services.offered.custody import InCustody
from terminal.services.offered.roles import KEEPERS
from terminal.texts import Text

SCHEMA = "guitai.custody/1"
_NOTHING = Text("没有在库的卡", "No card is in custody")
_ROW = Text(
    "卡 {number}（{shown}）{whose}，{bank}：{life}（{day} 起），{what}",
    "Card {number} ({shown}) {whose}, {bank}: {life} since {day}, {what}",
)
_BY = Text("，期限 {day}", ", by {day}")
_NONE = Text("尚无卡号", "no number yet")
_BATCH = Text(
    "批次 {number}：已发放 {held} 张，已退回 {returned} 张，未发放 {out} 张",
    "Batch {number}: {held} handed out, {returned} came back, {out} are out yet",
)
_BACK_BY = Text("未发放的最迟退回：{day}", "What is out comes back by {day}")


@click.group(
    help=help_text(
        "在库的卡：清单、召回、销毁、单位发放。",
        "Cards in custody: listed, recalled, destroyed, handed out by employers.",
    )
)
def custody() -> None:
    """Group what is done with cards in custody."""


@custody.command(
    "list", help=help_text("列出在库的卡和该做的事。", "List them, and what is to be done.")
)
@click.option("--bank", default="", metavar="CODE", help=help_text("只列这家银行", "of one bank"))
@desk_options
@json_option
@click.pass_obj
def list_custody(session: Session, bank: str, at_what: AtWhat) -> None:
    """Print a line a card, the longest kept first."""
    with at_desk(session, at_what, KEEPERS) as at, at.desk.registry.reading() as tx:
        found = acts.in_custody(tx, at.desk.calendar, bank)
    if session.as_json:
        documents = [
            {
                "card": each.kept.card_id,
                "card_number": str(each.kept.number) if each.kept.number else None,
                "whose": str(each.kept.whose),
                "bank": each.kept.bank,
                "life": each.kept.life.value,
                "since": beijing_day(each.kept.since).isoformat(),
                "what": session.say(each.what),
                "by": each.recall.deadline.day.isoformat() if each.recall else None,
            }
            for each in found
        ]
        print_json({"schema": SCHEMA, "action": "list", "cards": documents})
        return
    if not found:
        click.echo(session.say(_NOTHING))
    for each in found:
        click.echo(session.say(_row(each)))


@custody.command(
    "recall",
    help=help_text(
        "召回逾期未领取的、或已死亡人员的卡（细则第 21 条）。",
        "Recall a card that was not collected in time, or of somebody deceased (Rules Art. 21).",
    ),
)
@card_argument
@desk_options
@json_option
@click.pass_obj
def recall(session: Session, card: int, at_what: AtWhat) -> None:
    """Recall a card."""
    with at_desk(session, at_what, KEEPERS) as at:
        done = acts.recall(at.desk, card)
    show_act(session, SCHEMA, "recall", done.card, owed=done.owed, repeated=done.repeated)


@custody.command(
    "destroy",
    help=help_text(
        "销毁召回、收回或作废的卡；须两人，写明依据。",
        "Destroy a card that was recalled, taken back or spoilt; two people, with grounds.",
    ),
)
@card_argument
@click.option(
    "--turned-up",
    is_flag=True,
    help=help_text("邮寄途中丢失、后来找回的卡", "a card that was lost in the post and turned up"),
)
@desk_options
@json_option
@click.pass_obj
def destroy(session: Session, card: int, at_what: AtWhat, *, turned_up: bool) -> None:
    """Destroy a card."""
    with at_desk(session, at_what, KEEPERS) as at:
        done = acts.destroy(at.desk, card, turned_up=turned_up)
    show_act(session, SCHEMA, "destroy", done.card, owed=done.owed, repeated=done.repeated)


@custody.command(
    "employer",
    help=help_text(
        "登记单位代领的卡：哪些已发放到本人，哪些退回；不写卡号则只看情况。",
        "Note what an employer did with its cards: handed out, or brought back; else see how many.",
    ),
)
@click.argument("batch", type=int)
@click.option(
    "--handed-out",
    type=int,
    multiple=True,
    metavar="CARD",
    help=help_text("已发放到本人的卡（登记编号），可写多次", "a card handed out; more than once"),
)
@click.option(
    "--returned",
    type=int,
    multiple=True,
    metavar="CARD",
    help=help_text("退回的卡（登记编号），可写多次", "a card brought back; more than once"),
)
@desk_options
@json_option
@click.pass_obj
def employer(
    session: Session,
    batch: int,
    handed_out: tuple[int, ...],
    returned: tuple[int, ...],
    at_what: AtWhat,
) -> None:
    """Put an employer's word on record."""
    with at_desk(session, at_what, KEEPERS) as at:
        done = hand_out.report(at.desk, batch, handed_out, returned)
    if session.as_json:
        print_json(
            {
                "schema": SCHEMA,
                "action": "employer",
                "batch": batch,
                "held": done.held,
                "returned": done.returned,
                "out": done.out,
                "back_by": done.back_by.day.isoformat() if done.back_by else None,
                "owed": [session.say(each) for each in done.owed],
            }
        )
        return
    facts = {"held": done.held, "returned": done.returned, "out": done.out}
    click.echo(session.say(_BATCH, number=batch, **facts))
    if done.back_by is not None:
        click.echo(session.say(_BACK_BY.filled(day=done.back_by.text)))
    say_owed(session, done.owed)


def _row(each: InCustody) -> Text:
    kept = each.kept
    row = _ROW.filled(
        number=kept.card_id,
        shown=kept.number or _NONE,
        whose=kept.whose,
        bank=kept.bank,
        life=LIFE[kept.life],
        day=beijing_day(kept.since),
        what=each.what,
    )
    if each.recall is None:
        return row
    by = _BY.filled(day=each.recall.deadline.text)
    return Text(row.zh + by.zh, row.en + by.en)
