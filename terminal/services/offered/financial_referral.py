"""Referral to the bank's own procedure (S-FIN-*, Rules Art. 3(2)4, 20): five services, one way.

The bank's system is told which matter of which account it is, and answers with the number of its
procedure; both stand on record and on the slip. Where it settled a loss, a lift or a cancellation,
the registry follows. No step of ours touches the bank PIN. A mute bank is owed the referral, under
the same key, so that it is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import PartyContradicts, PartyError, PartyRefused, PartySaysNo
from terminal.parties.bank import Matter
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered import owing
from terminal.services.offered.answer import line
from terminal.services.offered.delivery import follow
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.slip_lines import (
    FINANCIAL_FUNCTION,
    card_line,
    financial_state,
)
from terminal.texts import Text

MATTERS = {
    Service.FIN_LOSS: Matter.LOSS,
    Service.FIN_UNLOSS: Matter.LIFT,
    Service.FIN_PIN: Matter.PIN,
    Service.FIN_CANCEL: Matter.CANCEL,
    Service.FIN_MOBILE: Matter.MOBILE,
}
_PART = "referral"
_PROCEDURE = Text("银行业务编号", "the bank's number")
_SAYS = Text("银行答复", "the bank says")
_MUTE = Text("银行没有答复，已记为待办", "the bank did not answer, it is asked again")
_GO_ON = Text(
    "请持卡人在银行柜面按其规定继续办理",
    "the holder goes on at the bank's counter, by its own rules",
)


def referral(service: Service) -> Work:
    """Make the work of one of the five services."""
    return Work(service, record, act=refer, waits=False)


def refer(run: Running) -> Mapping[str, Any]:
    """Refer the matter to the bank.

    Raises PartySaysNo where it will have none of it, PartyContradicts: then people have to look.
    """
    card = run.situation.some_card
    try:
        answer = run.desk.parties.bank.referral(
            run.part(_PART), MATTERS[run.request.service], card.account or ""
        )
    except PartyRefused as error:
        raise PartySaysNo(
            party=run.desk.parties.counterparts["bank"].title,
            service=SERVICES[run.request.service],
            detail=error.facts["reason"],
        ) from error
    except PartyContradicts:
        raise
    except PartyError:
        return {}
    return {"procedure": answer.procedure, "settled": answer.settled, "says": answer.says}


def record(run: Running, tx: Transaction) -> Recorded:
    """Put the bank's answer on record, or owe the referral; raises MovedMeanwhile."""
    card, matter = run.situation.some_card, MATTERS[run.request.service]
    if not run.done:
        owed = owing.referral(card, matter, run.part(_PART))
        return Recorded((card_line(card), line(_SAYS, _MUTE)), (owed,))
    if run.done["settled"]:
        card = follow(tx, card, matter, run.id)
    return Recorded(
        lines=(
            card_line(card),
            line(_PROCEDURE, run.done["procedure"]),
            line(_SAYS, run.done["says"]),
            line(FINANCIAL_FUNCTION, financial_state(card)),
        ),
        tell=() if run.done["settled"] else (_GO_ON,),
        facts={"procedure": run.done["procedure"], "settled": run.done["settled"]},
        card=card,
    )
