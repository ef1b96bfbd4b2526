"""What the steps of an application share: how one ended, its record, and its obligations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from terminal.beijing_time import beijing_day
from terminal.errors import ApplicationUnknown, PartyError, RequestWrong
from terminal.journal.model import new_key
from terminal.registry import applications, audit, duties, persons, seats
from terminal.registry.applications import Application, Sort
from terminal.registry.duties import DutyState, NewDuty
from terminal.registry.transaction import Transaction
from terminal.rules.decision import Reason
from terminal.rules.states import PROGRESS, Progress
from terminal.rules.vocabulary import Service
from terminal.services.offered import delivery, rights
from terminal.services.offered.desk import Desk
from terminal.texts import Text

SERVICES_OF = {
    Sort.FIRST: Service.APPLY,
    Sort.REPLACE: Service.REPLACE,
    Sort.RENEW: Service.RENEW,
    Sort.BANK: Service.BANK_CHANGE,
    Sort.DATA: Service.DATA_BASIC,
}
_NO_SUCH = Text("没有这个编号", "there is no such number")
_PROGRESS = Text("申请进度", "the application's progress")
_NOT_NOW = Text("现在是“{state}”，这一步不能办", "it is “{state}”: this step is not possible")
_NAMES = {"release": "free", "cancel_account": "close", "report": "gone"}
"""By the call of what is given back."""


@dataclass(frozen=True, slots=True)
class Step:
    """Hold how a step ended: the application as it is now, and why it is not further.

    ``reasons``: it was refused. ``trouble``: a party gave no answer that counts, and it is tried
    again. ``bank_says`` is what the bank said of the account, to be passed on (R-RISK).
    """

    application: Application
    reasons: tuple[Reason, ...] = ()
    trouble: PartyError | None = None
    bank_says: Text | None = None


def get_application(tx: Transaction, application_id: int) -> Application:
    """Give an application; raises ApplicationUnknown."""
    try:
        return applications.get(tx, application_id)
    except KeyError as error:
        raise ApplicationUnknown(detail=_NO_SUCH) from error


def stands(tx: Transaction, application: Application) -> Step:
    """Give how an application stands, with what the bank said of its account."""
    opened = rights.opening(tx, application)
    said = opened.detail if opened is not None and opened.state is DutyState.DONE else None
    return Step(application, bank_says=said)


def demand(application: Application, *states: Progress) -> None:
    """Demand that an application is so far; raises RequestWrong."""
    if application.progress.state not in states:
        raise not_now(application)


def not_now(application: Application) -> RequestWrong:
    """Say that a step is not possible as the application stands."""
    state = PROGRESS[Progress(application.progress.state)]
    return RequestWrong(item=_PROGRESS, detail=_NOT_NOW.filled(state=state))


def end(tx: Transaction, application: Application, told: Iterable[NewDuty]) -> None:
    """Free the seat of an application that came to nothing, and give back what was secured."""
    seats.leave(tx, application.person_id, application_id=application.id)
    give_back(tx, application, rights.given_back(tx, application), told)


def give_back(
    tx: Transaction, application: Application, back: Iterable[NewDuty], told: Iterable[NewDuty]
) -> None:
    """Owe what is given back of an application, and the news of its end."""
    for each in back:
        owe(tx, application, _NAMES[each.call], (each,), application.card_id)
    owe(tx, application, "said", told)


def owe(
    tx: Transaction,
    application: Application,
    name: str,
    owed: Iterable[NewDuty],
    card_id: int | None = None,
) -> None:
    """Put obligations of an application on record, under a key made from its own and a name."""
    stem = rights.key_of(tx, application) or new_key()
    for each in owed:
        duties.add(tx, each, f"{stem}.{name}", person_id=application.person_id, card_id=card_id)


def owe_employer(tx: Transaction, application: Application, owed: Iterable[NewDuty]) -> None:
    """Owe an employer the news of finished cards, once a day: one a card would be hundreds."""
    key = _news_key(tx, application)
    if duties.by_key(tx, key) is None:
        for each in owed:
            duties.add(tx, each, key)


def deliver_owed(desk: Desk, application: Application) -> None:
    """Try at once what a step of an application owes at once and nobody has tried yet.

    Also where the step is only repeated: who was killed behind the record had told nobody. What is
    not confirmed stays due (guitai duties).
    """
    with desk.registry.reading() as tx:
        stem = rights.key_of(tx, application)
        owed = [
            each
            for each in duties.of_person(tx, application.person_id)
            if stem and each.key.startswith(f"{stem}.")
        ]
        news = duties.by_key(tx, _news_key(tx, application)) if application.batch_id else None
    untried = (each for each in (*owed, news) if each is not None and not each.attempts)
    delivery.try_each(desk, untried)


def _news_key(tx: Transaction, application: Application) -> str:
    """Give the key of today's news to an employer, made from the run of the batch."""
    stem = rights.key_of(tx, application).rpartition(".")[0] or new_key()
    return f"{stem}.b{beijing_day(tx.at):%Y%m%d}"


def note(
    tx: Transaction, desk: Desk, action: str, application: Application, **facts: audit.Fact
) -> None:
    """Put a step on record."""
    noted = audit.Note(
        desk.operator,
        action,
        SERVICES_OF[application.sort].value,
        desk.second,
        application.person_id,
        application.card_id,
        desk.reason,
        {"application": application.id} | facts,
    )
    audit.note(tx, desk.audit_chain, noted)


def person_of(tx: Transaction, application: Application) -> persons.Person:
    """Give whom an application is for."""
    return persons.get(tx, application.person_id)
