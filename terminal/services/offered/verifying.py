"""Verify an application before its card is made (R-VERIFY, R-ONE, R-FIN-CHECK, Rules Art. 4).

The authorities first, then the city's right to a card, then the bank, which opens the account. Each
that says no ends the application; each that says nothing leaves it for the next time.
"""

from __future__ import annotations

from terminal.errors import PartyError, PartyRefused
from terminal.parties.data_sharing import CardElsewhere, Verification
from terminal.registry import applications, batches, cards, duties
from terminal.registry.applications import Application, Sort
from terminal.registry.duties import Duty, DutyState
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.applying import FIRST_MADE, NEXT_MADE
from terminal.rules.case import Case, PersonFacts
from terminal.rules.decide import failing
from terminal.rules.decision import Reason
from terminal.rules.states import Progress
from terminal.services.offered import announcing, delivery, rights
from terminal.services.offered.desk import Desk
from terminal.services.offered.stepping import (
    SERVICES_OF,
    Step,
    deliver_owed,
    end,
    get_application,
    note,
    owe,
    person_of,
    stands,
)
from terminal.services.offered.verification import facts_of, identity_of
from terminal.texts import Text

_BANK_REFUSES = Text(
    "请与合作银行联系，更正后重新申请",
    "The applicant turns to the bank, and applies again once it is corrected",
)
_CITY_REFUSES = Text("请查询在用或正在申办的卡", "Ask for the card that is in force or being made")


def verify(desk: Desk, application_id: int) -> Step:
    """Verify an application, secure the city's right, have the bank open the account.

    Refused by the authorities, the city or the bank it is over: its seat is free, what was secured
    is given back, and the applicant is told. A mute party leaves it as it is. Raises
    ApplicationUnknown.
    """
    with desk.registry.reading() as tx:
        application = get_application(tx, application_id)
        person, step = person_of(tx, application), stands(tx, application)
    if application.progress.state != Progress.APPLIED:
        deliver_owed(desk, application)
        return step
    try:
        verification = desk.parties.data_sharing.verify(identity_of(person))
    except PartyError as error:
        return Step(application, trouble=error)
    asked = facts_of(verification)
    reasons = _reasons(desk, application, person, verification)
    if reasons:
        return refuse(desk, application_id, reasons, tell=asked.alive is not False)
    for secure in (_secure_right, _secure_account):
        with desk.registry.writing() as tx:
            application = get_application(tx, application_id)
            if application.progress.state != Progress.APPLIED:
                return stands(tx, application)
        ended = secure(desk, application, person)
        if ended is not None:
            return ended
    return _verified(desk, application_id)


def refuse(
    desk: Desk, application_id: int, reasons: tuple[Reason, ...], *, tell: bool = True
) -> Step:
    """Refuse an application that is not made yet, with reasons; raises ApplicationUnknown.

    ``tell`` the applicant: not of their own death.
    """
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        step = stands(tx, application)
        if application.progress.state in {Progress.APPLIED, Progress.VERIFIED}:
            application = applications.move(tx, application, "refuse", Progress.REFUSED)
            person = person_of(tx, application)
            end(tx, application, announcing.refused(application, person, reasons) if tell else ())
            if application.batch_id is not None:
                batch = batches.get(tx, application.batch_id)
                owe(tx, application, "unit", announcing.refused_of_group(batch, person))
            rules = " ".join(dict.fromkeys(each.rule for each in reasons))
            note(tx, desk, "refused", application, rules=rules)
            step = Step(application, reasons)
    deliver_owed(desk, application)
    return step


def _reasons(
    desk: Desk, application: Application, person: Person, verification: Verification
) -> tuple[Reason, ...]:
    asked = facts_of(verification)
    facts = PersonFacts(
        alive=person.alive and asked.alive is not False,
        entitled=asked.entitled,
        identity_agrees=asked.identity_agrees,
        # One that is being made is this application's own.
        has_card=verification.card is CardElsewhere.IN_FORCE,
    )
    service = SERVICES_OF[application.sort]
    case = Case(service, desk.registry.clock(), desk.where, person=facts)
    return failing(case, FIRST_MADE if application.sort is Sort.FIRST else NEXT_MADE)


def _secure_right(desk: Desk, application: Application, person: Person) -> Step | None:
    with desk.registry.writing() as tx:
        claim = rights.claim_of(tx, application, person, _replaced(tx, application))
        earlier = [
            each
            for each in duties.of_person(tx, person.id)
            if each.call == "release" and each.state is DutyState.DUE
        ]
    # What the city was to take back of this person's comes first, or it would be in the way.
    for each in earlier:
        delivery.deliver(desk, each)
    return _confirmed(desk, claim, application)


def _secure_account(desk: Desk, application: Application, person: Person) -> Step | None:
    with desk.registry.writing() as tx:
        key = rights.key_of(tx, application)
        opening = rights.opening_of(tx, application, person, key)
    return _confirmed(desk, opening, application)


def _confirmed(desk: Desk, duty: Duty, application: Application) -> Step | None:
    """Have a party confirm what an application stands on; gives how it ended where it did not."""
    if duty.state in {DutyState.DONE, DutyState.DECIDED}:
        return None
    trouble = delivery.deliver(desk, duty)
    if trouble is None:
        return None
    if not isinstance(trouble, PartyRefused):
        return Step(application, trouble=trouble)
    said = Text(trouble.cause("zh"), trouble.cause("en"))
    reason = (
        Reason("R-FIN-CHECK", "4", said, _BANK_REFUSES)
        if duty.party == "bank"
        else Reason("R-ONE", "4", said, _CITY_REFUSES)
    )
    return refuse(desk, application.id, (reason,))


def _verified(desk: Desk, application_id: int) -> Step:
    with desk.registry.writing() as tx:
        application = get_application(tx, application_id)
        if application.progress.state == Progress.APPLIED:
            application = applications.move(tx, application, "verify", Progress.VERIFIED)
            note(tx, desk, "verified", application)
        step = stands(tx, application)
    deliver_owed(desk, application)
    return step


def _replaced(tx: Transaction, application: Application) -> str:
    if application.old_card_id is None:
        return ""
    return cards.get(tx, application.old_card_id).number or ""
