"""Application for a first third-generation card 申领 (S-APPLY, R-ELIGIBLE, R-ONE, Rules Art. 2-5).

Also the way from a card of the first two generations, lost or not (R-OLD-GEN, Rules Art. 27). Who
is not on record yet is put on record here. The other parties are asked first; one that does not
answer holds nobody up, for nothing is made before it has (production.py, R-VERIFY).

Wishes: bank, mobile, occupation, address, valid_until, birth and nationality where the number does
not tell, name where a reader cut it, photo (base64), by_post, instant.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile, RequestWrong
from terminal.parties.data_sharing import Identity
from terminal.registry import persons
from terminal.registry.applications import Sort
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.vocabulary import Actor, Service
from terminal.services.offered.applicant import Applicant, read_applicant, read_document
from terminal.services.offered.desk import Desk
from terminal.services.offered.ordering import placed, wished
from terminal.services.offered.request import Request
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import NOT_ASKED, Asked, Situation
from terminal.services.offered.verification import ask_about, identity_of
from terminal.texts import Text

_GUARDIAN = Text("法定代理人的证件", "the guardian's document")
_GUARDIAN_WANTED = Text("没有读取或输入", "it was not read or entered")
_GUARDIAN_IS_HOLDER = Text("与申请人是同一证件", "it is the applicant's own")


def ask(desk: Desk, situation: Situation) -> Asked:
    """Ask who the applicant is, whether they may apply, and whether they have a card already."""
    known = situation.person
    try:
        applicant = _applicant(desk, situation.request, known)
    except RequestWrong:
        return NOT_ASKED  # said when it is to be put on record, should the rules allow that
    identity = (
        identity_of(known)
        if known is not None
        else Identity(applicant.name, applicant.document.kind.value, applicant.document.number)
    )
    return replace(ask_about(desk, identity, known), doubts=applicant.doubts)


def record(run: Running, tx: Transaction) -> Recorded:
    """Put person and application on record.

    Raises RequestWrong, SeatTaken; MovedMeanwhile where another counter was first.
    """
    request, known = run.request, run.situation.person
    demand_guardian(request, run.desk)
    applicant = _applicant(run.desk, request, known)
    person = _on_record(tx, applicant, known, request)
    recorded = placed(run, tx, person, wished(run, person, Sort.FIRST, request.wish("bank")))
    return replace(recorded, tell=applicant.warnings)


def demand_guardian(request: Request, desk: Desk) -> None:
    """Demand that a guardian is named who is not the applicant; raises RequestWrong."""
    if request.actor is not Actor.GUARDIAN:
        return
    guardian, holder = request.representative, request.holder
    if guardian is None:
        raise RequestWrong(item=_GUARDIAN, detail=_GUARDIAN_WANTED)
    read_document(guardian.document, desk.today)
    if holder is not None and guardian.document.number == holder.document.number:
        raise RequestWrong(item=_GUARDIAN, detail=_GUARDIAN_IS_HOLDER)


def _applicant(desk: Desk, request: Request, known: Person | None) -> Applicant:
    return read_applicant(request.holder, request.wishes, desk.today, known)


def _on_record(
    tx: Transaction, applicant: Applicant, known: Person | None, request: Request
) -> Person:
    if known is None:
        try:
            return persons.add(tx, applicant.new_person)
        except IntegrityError as error:
            raise MovedMeanwhile from error
    changed = applicant.changed(known)
    if changed is not None:
        known = persons.change_minor(tx, known, changed)
    if request.wish("valid_until"):
        known = persons.note_validity(tx, known, applicant.valid_until)
    return known


WORK = Work(Service.APPLY, record, ask)
