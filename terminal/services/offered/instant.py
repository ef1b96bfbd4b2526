"""Making a card on the spot 即时制卡 (S-INSTANT, R-MAKE-NOW, Rules Art. 3(2)5, 22).

At an outlet of the chosen or issuing bank that is equipped for it, for an application, replacement
or renewal that was taken before. It is verified and ordered at once. The printing and the chip are
the card maker's durable job: it goes on from here, and ends with ``production.made``; this service
says so and makes nothing itself.

A party that is mute stops it here, and the same request goes on later. Where one says no the
application is over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terminal.errors import ApplicationUnknown, PartySaysNo
from terminal.registry import applications
from terminal.registry.applications import Application
from terminal.registry.transaction import Transaction
from terminal.rules.states import PROGRESS, Progress
from terminal.rules.vocabulary import SERVICES, Service
from terminal.services.offered import production
from terminal.services.offered.answer import line
from terminal.services.offered.ordering import BANK
from terminal.services.offered.running import Recorded, Running, Work, joined
from terminal.texts import Text

_NUMBER = Text("申请编号", "application")
_STATE = Text("进度", "progress")
_BANK_SAYS = Text("银行答复", "the bank's word")
_CARD = Text("制卡编号", "the card's number here")
_WHO_VERIFIES = Text("核验方", "who verifies")
_NO_SUCH = Text("此人没有申请", "there is no application of this person's")
_GOES_ON = Text(
    "已核验并下达制卡；印制和写芯片由本网点的制卡流程接着完成，制成后当场领取",
    "verified and ordered; this outlet's card job prints it and writes its chip, and it is"
    " collected here",
)


def act(run: Running) -> Mapping[str, Any]:
    """Verify the application and order its card, where that is not done yet.

    Raises PartySaysNo where it was refused, PartyError where a party gave no answer that counts.
    """
    application = _application(run)
    step = production.verify(run.desk, application.id)
    if step.trouble is not None:
        raise step.trouble
    state = Progress(step.application.progress.state)
    if state not in {Progress.VERIFIED, Progress.MAKING, Progress.MADE}:
        why = joined([each.sentence for each in step.reasons]) if step.reasons else PROGRESS[state]
        service = SERVICES[Service.INSTANT]
        raise PartySaysNo(party=_WHO_VERIFIES, service=service, detail=why)
    card = production.start(run.desk, application.id)
    said = step.bank_says
    return {"application": application.id, "card": card.id, "bank_says": said}


def record(run: Running, tx: Transaction) -> Recorded:
    """Say how far it is, and what the bank said of the account (R-RISK)."""
    application = applications.get(tx, run.done["application"])
    lines = [
        line(_NUMBER, str(application.id)),
        line(BANK, application.bank),
        line(_CARD, str(run.done["card"])),
        line(_STATE, PROGRESS[Progress(application.progress.state)]),
    ]
    if run.done["bank_says"] is not None:
        lines.append(line(_BANK_SAYS, run.done["bank_says"]))
    return Recorded(lines=tuple(lines), tell=(_GOES_ON,), facts={"application": application.id})


def _application(run: Running) -> Application:
    """Give the application; after a crash it may be over already, and is the newest."""
    if run.situation.application is not None:
        return run.situation.application
    with run.desk.registry.reading() as tx:
        found = applications.of_person(tx, run.situation.some_person.id)
    if not found:
        raise ApplicationUnknown(detail=_NO_SUCH)
    return found[0]


WORK = Work(Service.INSTANT, record, act=act)
