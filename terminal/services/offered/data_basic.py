"""Change of basic data 姓名、证件类型、证件号码 (S-DATA-BASIC, Rules Art. 16(3), 17).

Only after 人社 and 医保 have changed them alike: they are asked by the number that the card has,
and what they say has to be what the document on the desk says. Then the registry follows (the old
number still finds the person), and a card with the new data is made, as at a renewal.

The holder shows the new document; the card says whose data it were, on the reader or by its number.
Wishes: valid_until of the new document, payout, instant.
"""

from __future__ import annotations

import dataclasses

from sqlalchemy.exc import IntegrityError

from terminal.errors import MovedMeanwhile, PersonDiffers
from terminal.parties.data_sharing import Identity
from terminal.registry import persons
from terminal.registry.applications import Sort
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.decision import Reason
from terminal.rules.documents import DOCUMENTS
from terminal.rules.names import MATCHES, NameMatch, assigned, compare
from terminal.rules.vocabulary import Ground, Service
from terminal.services.offered.answer import Line, line
from terminal.services.offered.applicant import HOLDER, read_document, read_validity
from terminal.services.offered.apply import demand_guardian
from terminal.services.offered.desk import Desk
from terminal.services.offered.ordering import current_document, placed, wished
from terminal.services.offered.request import Named
from terminal.services.offered.running import Recorded, Running, Work
from terminal.services.offered.situation import Asked, Situation
from terminal.services.offered.slip_lines import card_line
from terminal.texts import Text

_NAME = Text("姓名", "name")
_DOCUMENT = Text("证件类型", "document")
_NUMBER = Text("证件号码", "number")
_CHANGED = Text("由 {old} 变更为 {new}", "{old} becomes {new}")


def ask(desk: Desk, situation: Situation) -> Asked:
    """Ask what the insurance offices have now; raises PartyError, for the rules want their word."""
    person, shown = situation.some_person, situation.request.holder
    known = person.document
    agreed = desk.parties.data_sharing.basic_data(known.number.reveal()).agreed
    if agreed is None or shown is None or not _is_shown(agreed, shown):
        return Asked(basic_data_changed=False)
    match = compare(agreed.name, shown.name, other_is_reader_cell=shown.from_reader)
    if match is NameMatch.DIFFERENT:
        return Asked(basic_data_changed=False)
    same_name = compare(person.name.reveal(), agreed.name) in {
        NameMatch.SAME,
        NameMatch.SAME_NORMALISED,
    }
    same_document = (known.document, known.number.reveal()) == (
        shown.document.kind,
        shown.document.number,
    )
    doubt = Reason("R-FIN-CHECK", "4", MATCHES[match])
    return Asked(
        basic_data_changed=not (same_name and same_document),
        agreed=agreed,
        doubts=(doubt,) if match.needs_second_person else (),
    )


def changed(run: Running, tx: Transaction) -> Person:
    """Let the registry follow what the offices have; raises RequestWrong, MovedMeanwhile."""
    person, shown, agreed = run.situation.some_person, run.request.holder, run.asked.agreed
    if shown is None or agreed is None:
        raise PersonDiffers(where=HOLDER, detail=MATCHES[NameMatch.DIFFERENT])
    document, _ = read_document(shown.document, run.desk.today)
    known, name = person.document, assigned(agreed.name)
    if (known.document, known.number.reveal()) == (document.kind, document.number):
        person = current_document(tx, person, run.request, run.desk)
        return persons.change_basic(tx, person, name, document)
    until = read_validity(document.kind, run.request.wish("valid_until"), run.desk.today)
    try:
        return persons.change_basic(tx, person, name, document, until)
    except IntegrityError as error:
        raise MovedMeanwhile from error


def record(run: Running, tx: Transaction) -> Recorded:
    """Change the data, and put the application on record; raises RequestWrong, SeatTaken."""
    demand_guardian(run.request, run.desk)
    before, card = run.situation.some_person, run.situation.some_card
    person = changed(run, tx)
    new = dataclasses.replace(
        wished(run, person, Sort.DATA, card.bank, card), grounds=frozenset({Ground.DATA})
    )
    recorded = placed(run, tx, person, new, old=card)
    return dataclasses.replace(
        recorded, lines=(card_line(card), *_what(before, person), *recorded.lines), card=card
    )


def _is_shown(agreed: Identity, shown: Named) -> bool:
    """Say whether the document on the desk is the one that the offices have."""
    kind = agreed.id_type or shown.document.kind.value
    return (kind, agreed.number) == (shown.document.kind.value, shown.document.number)


def _what(before: Person, after: Person) -> tuple[Line, ...]:
    """Say what was changed, masked."""
    old, new = before.document, after.document
    pairs = (
        (_NAME, str(before.name), str(after.name), before.name != after.name),
        (
            _DOCUMENT,
            DOCUMENTS[old.document].text,
            DOCUMENTS[new.document].text,
            old.document is not new.document,
        ),
        (_NUMBER, str(old.number), str(new.number), old.number != new.number),
    )
    return tuple(
        line(label, _CHANGED.filled(old=was, new=is_now))
        for label, was, is_now, differs in pairs
        if differs
    )


WORK = Work(Service.DATA_BASIC, record, ask)
