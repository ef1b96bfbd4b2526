"""An employer's group application 集体申领 (S-GROUP, Rules Art. 6).

Employer or managing unit (用人单位、相关人员管理单位) hand in a list; each person has confirmed
their own data (个人制卡信息确认). Each row that can be done is an application of its own, with its
own seat and its own claim of the city's right; each that cannot is named with its reason, and that
person applies alone. The other parties are asked before the cards are made (production.py): a
thousand rows do not wait for two thousand answers at the counter.

Wishes: bank, employer, licence, contact (the mobile number of who acts for the employer), rows: a
JSON list of objects with document, number, name, mobile, occupation, address, valid_until,
nationality and birth where the number does not tell, and confirmed (true).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile, RequestWrong, SeatTaken
from terminal.masking import mask_number
from terminal.registry import applications, batches, duties, persons, seats
from terminal.registry.applications import NewApplication, Sort
from terminal.registry.batches import Batch, NewBatch
from terminal.registry.persons import Person
from terminal.registry.plain import is_plain
from terminal.registry.transaction import Transaction
from terminal.rules.applying import EACH_OF_A_GROUP
from terminal.rules.case import ApplicationFacts, Case, PersonFacts
from terminal.rules.decide import failing
from terminal.rules.documents import DocumentKind, DocumentNumber, normal_form
from terminal.rules.names import MATCHES, NameMatch, compare
from terminal.rules.states import Progress
from terminal.rules.terms import FIRST_PRODUCTION
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import rights
from terminal.services.offered.answer import Line, line
from terminal.services.offered.applicant import Applicant, read_applicant, read_mobile
from terminal.services.offered.ordering import BANK, DEADLINE, HOW, read_bank
from terminal.services.offered.request import Named
from terminal.services.offered.running import Recorded, Running, Work, joined
from terminal.texts import Text

MOST_ROWS = 5_000
LONGEST_EMPLOYER = 120
LONGEST_LICENCE = 32

_TEXTS = frozenset(
    {
        "document",
        "number",
        "name",
        "mobile",
        "occupation",
        "address",
        "valid_until",
        "nationality",
        "birth",
    }
)
_EMPLOYER = Text("单位名称", "the employer's name")
_LICENCE = Text("单位证照号码", "the employer's licence number")
_CONTACT = Text("单位经办人手机号码", "the contact's mobile number")
_ROWS = Text("人员名单", "the list of persons")
_FORM = Text("应填写，不超过 {most} 个字", "it is wanted, and has at most {most} characters")
_ROWS_FORM = Text("应为 1 至 {most} 人的 JSON 列表", "it is a JSON list of 1 to {most} persons")
_ROW_FORM = Text("这一行不是文字项的集合", "this row is no set of texts")
_KIND_FORM = Text("不认识的证件类型", "an unknown kind of document")
_NOT_CONFIRMED = Text(
    "个人制卡信息未经本人确认（实施细则第 6 条）",
    "the person has not confirmed the data (Rules Art. 6)",
)
_ITEM_WRONG = Text("{item}不对：{detail}", "{item}: {detail}")
_BY_TWO = Text("{match}，须由两人当面复核", "{match}: two people look at it")

_BATCH = Text("批次编号", "batch")
_ACCEPTED = Text("已受理", "accepted")
_NOT_ACCEPTED = Text("未受理", "not accepted")
_PERSONS = Text("{n} 人", "{n} persons")
_ROW = Text("第 {n} 行", "row {n}")
_WHO = Text("证件号码 {number}：{why}", "{number}: {why}")
_BY_EMPLOYER = Text(
    "制成后短信通知单位经办人，到 {bank} 网点代领，或商请上门送卡",
    "a message tells the contact; the employer collects at {bank}, or has them delivered",
)
_ALONE = Text(
    "未受理的人员，请单位通知本人按个人申领流程办理",
    "who was not accepted applies alone: the employer tells them",
)


class _NotAccepted(Exception):
    """Say why a row is not accepted."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def record(run: Running, tx: Transaction) -> Recorded:
    """Take every row that can be done, and say of every other why not.

    Raises RequestWrong for what is wrong with the batch itself.
    """
    new, rows = _batch(run), _rows(run.request.wish("rows"))
    batch: Batch | None = None
    refused: list[Line] = []
    for number, row in enumerate(rows, 1):
        try:
            applicant, known = _read(run, tx, row)
            batch = batch or batches.add(tx, new, run_id=run.id)
            _take(run, tx, batch, number, applicant, known)
        except _NotAccepted as error:
            refused.append(line(_ROW.filled(n=number), _named(row, error.why)))
    return Recorded(
        lines=(*_slip(run, tx, batch, len(rows) - len(refused), len(refused)), *refused),
        tell=(_ALONE,) if refused else (),
        facts={
            "batch": batch.id if batch is not None else None,
            "accepted": len(rows) - len(refused),
            "not_accepted": len(refused),
        },
    )


def _batch(run: Running) -> NewBatch:
    """Read what the batch as a whole is put on record with."""
    request = run.request
    for item, name, most in (
        (_EMPLOYER, "employer", LONGEST_EMPLOYER),
        (_LICENCE, "licence", LONGEST_LICENCE),
    ):
        value = request.wish(name)
        if not value.strip() or len(value) > most or not is_plain(value):
            raise RequestWrong(item=item, detail=_FORM.filled(most=most))
    return NewBatch(
        request.wish("employer").strip(),
        request.wish("licence").strip(),
        read_bank(request.wish("bank"), run.desk.banks),
        read_mobile(request.wish("contact"), _CONTACT),
    )


def _rows(text: str) -> list[Any]:
    wrong = RequestWrong(item=_ROWS, detail=_ROWS_FORM.filled(most=MOST_ROWS))
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_ROWS:
        raise wrong
    return rows


def _read(run: Running, tx: Transaction, row: Any) -> tuple[Applicant, Person | None]:
    """Read a row, and see whether the person may have a card; raises _NotAccepted."""
    said = _texts(row)
    if row.get("confirmed") is not True:
        raise _NotAccepted(_NOT_CONFIRMED)
    if said.get("document") not in set(DocumentKind):
        raise _NotAccepted(_KIND_FORM)
    document = DocumentNumber(DocumentKind(said["document"]), normal_form(said.get("number", "")))
    named = Named(document, said.get("name", ""), said.get("nationality", ""))
    known = persons.find(tx, document, named.nationality)
    try:
        applicant = read_applicant(named, said, run.desk.today, known)
    except RequestWrong as error:
        raise _NotAccepted(_ITEM_WRONG.filled(**error.facts)) from error
    doubts = [each.why for each in applicant.doubts]
    if known is not None:
        doubts += _differing(known, named.name)
        _demand_allowed(run, tx, known)
    if doubts:
        raise _NotAccepted(_BY_TWO.filled(match=joined(doubts)))
    return applicant, known


def _texts(row: Any) -> Mapping[str, str]:
    if not isinstance(row, dict):
        raise _NotAccepted(_ROW_FORM)
    said = {key: value for key, value in row.items() if key in _TEXTS}
    if not all(isinstance(value, str) for value in said.values()):
        raise _NotAccepted(_ROW_FORM)
    return said


def _differing(known: Person, name: str) -> list[Text]:
    """Compare the name with the one on record; raises _NotAccepted where it is another's."""
    match = compare(known.name.reveal(), name)
    if match is NameMatch.DIFFERENT:
        raise _NotAccepted(MATCHES[match])
    return [MATCHES[match]] if match.needs_second_person else []


def _demand_allowed(run: Running, tx: Transaction, known: Person) -> None:
    """Have the rules say whether a person on record may be made a card; raises _NotAccepted."""
    open_one = next((each for each in applications.of_person(tx, known.id) if each.open), None)
    case = Case(
        Service.APPLY,
        tx.at,
        run.desk.where,
        person=PersonFacts(alive=known.alive, has_card=seats.of_person(tx, known.id).taken),
        application=ApplicationFacts(Progress(open_one.progress.state), open_one.bank)
        if open_one is not None
        else None,
    )
    reasons = failing(case, EACH_OF_A_GROUP)
    if reasons:
        raise _NotAccepted(joined([each.why for each in reasons]))


def _take(
    run: Running,
    tx: Transaction,
    batch: Batch,
    number: int,
    applicant: Applicant,
    known: Person | None,
) -> None:
    """Put one application on record, or nothing of it; raises _NotAccepted."""
    try:
        with tx.connection.begin_nested():
            person = _on_record(tx, applicant, known)
            new = NewApplication(
                person.id,
                Sort.FIRST,
                batch.bank,
                batch_id=batch.id,
                online=run.desk.where.channel is Channel.ONLINE,
            )
            application = applications.apply(tx, new, run_id=run.id)
            seats.take(tx, person.id, application_id=application.id)
            claim = rights.claim_later(application, person, run.part(f"r{number}"))
            duties.add(tx, claim, run.part(f"r{number}.claim"), run_id=run.id, person_id=person.id)
    except SeatTaken as error:
        raise _NotAccepted(error.sentence) from error
    except IntegrityError as error:
        raise _NotAccepted(MovedMeanwhile().sentence) from error


def _on_record(tx: Transaction, applicant: Applicant, known: Person | None) -> Person:
    if known is None:
        return persons.add(tx, applicant.new_person)
    changed = applicant.changed(known)
    if changed is not None:
        known = persons.change_minor(tx, known, changed)
    if applicant.valid_until != known.document.valid_until:
        known = persons.note_validity(tx, known, applicant.valid_until)
    return known


def _named(row: Any, why: Text) -> Text:
    number = row.get("number", "") if isinstance(row, dict) else ""
    shown = mask_number(number) if isinstance(number, str) else ""
    return _WHO.filled(number=shown or "-", why=why)


def _slip(
    run: Running, tx: Transaction, batch: Batch | None, accepted: int, refused: int
) -> tuple[Line, ...]:
    counts = (
        line(_ACCEPTED, _PERSONS.filled(n=accepted)),
        line(_NOT_ACCEPTED, _PERSONS.filled(n=refused)),
    )
    employer = line(_EMPLOYER, run.request.wish("employer").strip())
    if batch is None:
        return (employer, *counts)
    due = FIRST_PRODUCTION.deadline(tx.at, run.desk.calendar)
    return (
        line(_BATCH, str(batch.id)),
        employer,
        line(BANK, batch.bank),
        *counts,
        line(DEADLINE, due.text),
        line(HOW, _BY_EMPLOYER.filled(bank=batch.bank)),
    )


WORK = Work(Service.GROUP, record)
