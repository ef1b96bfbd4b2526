"""Who is meant and which card, as the registry knows them at this moment: the facts of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from terminal.beijing_time import beijing_day
from terminal.errors import ApplicationUnknown, CardUnknown, PersonDiffers, PersonUnknown
from terminal.parties.bank import AccountState
from terminal.parties.data_sharing import Identity
from terminal.registry import applications, cards, representations
from terminal.registry.applications import Application
from terminal.registry.cards import Card
from terminal.registry.persons import Person
from terminal.registry.seats import NO_SEATS, Seats
from terminal.registry.transaction import Transaction
from terminal.rules.case import ApplicationFacts, CardFacts, Case, PersonFacts, Who
from terminal.rules.decision import Reason
from terminal.rules.documents import DOCUMENTS, age_on, birth_date_of, is_minor, normal_form
from terminal.rules.names import MATCHES, NameMatch, compare
from terminal.rules.recalls import recall_of
from terminal.rules.states import Financial, Life, Progress, Public, Social
from terminal.rules.table import TABLE
from terminal.rules.terms import BANK_CHANGE
from terminal.rules.vocabulary import FACE_TO_FACE, Actor, Generation, Ground, Paper, Service
from terminal.services.offered.books import Books
from terminal.services.offered.desk import ChipDesk, Desk
from terminal.services.offered.request import Named, Request
from terminal.texts import Text

_SHORT = 15
"""Digits of a citizen number on the oldest cards: no century, no check character."""
_OTHER_NUMBER = Text(
    "芯片上是另一个人的号码，姓名相同也不能办",
    "the chip has another person's number, be the name the same",
)
_FORMER_NUMBER = Text(
    "芯片上还是变更以前的号码", "the chip still has the number from before a change"
)
_ON_CARD = Text("卡", "the card")
_ON_RECORD = Text("登记", "the registry")
_BY_APPLICATION = frozenset(
    {Service.COLLECT, Service.COLLECT_GROUP, Service.INSTANT, Service.PARK_MOVE}
)
"""Services whose card is the one that an open application is made of."""
_NO_CARD_MEANT = frozenset(
    {Service.APPLY, Service.GROUP, Service.PROGRESS, Service.FEEDBACK, Service.VISIT}
)
_SEVERAL = Text(
    "此人名下有几张卡，请指明一张：{cards}",
    "the person has several cards, name one: {cards}",
)
_NONE = Text("此人名下没有可办理的卡", "the person has no card that it could be done for")
_NOT_THEIRS = Text("这张卡不在此人名下", "this card is not this person's")
_NO_SUCH = Text("没有这个编号", "there is no such number")
_RENEWALS = frozenset({applications.Sort.RENEW, applications.Sort.BANK, applications.Sort.DATA})
_IN_HAND = frozenset({Life.HELD, Life.HANDED_IN})
_MOST_DIGITS = 18
"""Of a number that fits into the registry."""
_NOT_YET_ON: Mapping[Service, str] = {Service.ENABLE: "social", Service.FIN_ACTIVATE: "financial"}
"""Services that mean the card on which this function is still off."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what other parties were asked for a decision; None where they were not, or are mute."""

    alive: bool | None = None
    entitled: bool | None = None
    matters_closed: bool | None = None
    basic_data_changed: bool | None = None
    card_elsewhere: bool | None = None
    identity_agrees: bool | None = None
    agreed: Identity | None = None
    """The basic data that 人社 and 医保 have alike, where they were asked for (Rules Art. 17)."""
    doubts: tuple[Reason, ...] = ()
    """For a second person to settle, besides what the registry tells."""
    accounts: Mapping[int, BankSays] = field(default_factory=dict)
    """By card."""


@dataclass(frozen=True, slots=True)
class BankSays:
    """Hold a bank's word on a card's account, None where it was mute.

    ``number`` is that of the financial function's last move when it was asked: what moved since,
    the bank has not spoken of.
    """

    number: int
    state: AccountState | None
    restricted: bool = False
    """Business other than at a counter is suspended 暂停非柜面业务 (R-RISK)."""


NOT_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class Situation:
    """Hold whom and what a request is about; ``doubts`` are for a second person to settle."""

    request: Request
    person: Person | None
    card: Card | None
    application: Application | None
    cards: tuple[Card, ...] = ()
    seats: Seats = NO_SEATS
    doubts: tuple[Reason, ...] = ()
    bank_changed_until: date | None = None
    blacklisted: bool = False
    authorised: bool | None = None

    @property
    def some_person(self) -> Person:
        """Give the person; raises PersonUnknown."""
        if self.person is None:
            raise PersonUnknown
        return self.person

    @property
    def some_card(self) -> Card:
        """Give the card; raises CardUnknown."""
        if self.card is None:
            raise CardUnknown(detail=_NONE)
        return self.card

    @property
    def some_application(self) -> Application:
        """Give the application; raises ApplicationUnknown."""
        if self.application is None:
            raise ApplicationUnknown(detail=_NO_SUCH)
        return self.application


def gather(
    tx: Transaction,
    desk: Desk,
    request: Request,
    *,
    choosing: bool = True,
    books: Books | None = None,
) -> Situation:
    """Find person, card and application of a request.

    Where several cards could be meant, ``choosing`` wants one named; ``books`` have what was looked
    up before. Raises PersonUnknown, PersonDiffers, CardUnknown, ApplicationUnknown.
    """
    books = books or Books(tx)
    on_desk = _card_on_desk(books, desk)
    person = _person(books, request, on_desk)
    doubts = list(_doubts(desk, request, person))
    theirs = books.cards(person.id) if person is not None else ()
    pleas = books.applications(person.id) if person is not None else ()
    application = _application(tx, request, pleas)
    card = _card(desk, request, on_desk, theirs, application, choosing=choosing)
    if on_desk is not None and person is not None and on_desk.person_id != person.id:
        raise PersonDiffers(where=_ON_CARD, detail=_NOT_THEIRS)
    return Situation(
        request,
        person,
        card,
        application,
        theirs,
        books.seats(person.id) if person is not None else NO_SEATS,
        tuple(doubts),
        _bank_changed_until(tx, desk, pleas),
        books.blacklisted(person.id if person else None, card.id if card else None),
        _authorised(tx, request, person, at_desk=desk.where.channel in FACE_TO_FACE),
    )


def case_of(tx: Transaction, desk: Desk, situation: Situation, asked: Asked = NOT_ASKED) -> Case:
    """Make the case that the rules decide."""
    request, person = situation.request, situation.person
    return Case(
        service=request.service,
        at=tx.at,
        where=desk.where,
        who=Who(
            request.actor,
            request.identified,
            _actor_named(request, person),
            situation.authorised,
            request.wish("legal_representative") == "yes",
        ),
        papers=request.papers,
        person=_person_facts(tx, situation, asked)
        if person is not None
        else _stranger(tx, request, asked),
        card=_card_facts(tx, desk, situation),
        application=_application_facts(situation),
        new_bank=request.wish("bank"),
        grounds=frozenset(
            Ground(each) for each in request.wish("grounds").split() if each in set(Ground)
        ),
    )


def _actor_named(request: Request, person: Person | None) -> bool:
    """Say whether who acts for the holder is named, by a document that is not the holder's."""
    named = request.representative
    if named is None:
        return False
    own = {each.document.number for each in (request.holder,) if each is not None}
    if person is not None:
        own.add(person.document.number.reveal())
    return named.document.number not in own


def changes_basic_data(request: Request) -> bool:
    """Say whether the document that is shown may be another than the registry's (Rules Art. 17)."""
    by_ground = request.service is Service.RENEW and Ground.DATA in request.wish("grounds").split()
    return by_ground or request.service is Service.DATA_BASIC


def _card_on_desk(books: Books, desk: Desk) -> Card | None:
    if desk.chip is None or not desk.chip.chip:
        return None
    return books.card_of_chip(desk.chip.chip)


def _person(books: Books, request: Request, on_desk: Card | None) -> Person | None:
    if request.service is Service.COLLECT_GROUP:
        return None
    if request.holder is not None:
        found = books.person_of(request.holder.document, request.holder.nationality)
        by_card = on_desk is not None or request.card is not None
        if found is not None or not (changes_basic_data(request) and by_card):
            if found is None and request.service not in _FOR_STRANGERS:
                raise PersonUnknown
            return found
    if on_desk is not None:
        return books.person(on_desk.person_id)
    for number, read in ((request.card, cards.get), (request.application, applications.get)):
        if number is not None:
            try:
                return books.person(read(books.tx, number).person_id)
            except KeyError as error:
                raise CardUnknown(detail=_NO_SUCH) from error
    return None


_FOR_STRANGERS = frozenset(
    {Service.APPLY, Service.GROUP, Service.FEEDBACK, Service.PROGRESS, Service.VISIT}
)
"""Services for persons whom the registry may not know yet."""


def _doubts(desk: Desk, request: Request, person: Person | None) -> tuple[Reason, ...]:
    """Compare the document with the registry and the chip: name and number (R-FIN-CHECK)."""
    if person is None or changes_basic_data(request):
        return ()  # another name is what that is about; data_basic.py compares it
    found = [_numbers_compared(desk, person)]
    if request.holder is None or not request.holder.name:
        return tuple(each for each in found if each is not None)
    found.append(_compared(person.name.reveal(), request.holder, _ON_RECORD))
    if desk.chip is not None and desk.chip.holder_name:
        found.append(_compared(desk.chip.holder_name, request.holder, _ON_CARD))
    return tuple(each for each in found if each is not None)


def _numbers_compared(desk: Desk, person: Person) -> Reason | None:
    """Compare the chip's number with its person's; raises PersonDiffers for another's.

    People of one name are many. One whose number was lawfully changed may still have the old one
    on the chip; who has no citizen's number is known by another on the chip than by their document.
    """
    on_chip = normal_form(desk.chip.holder_number) if desk.chip is not None else ""
    citizens = [each for each in person.documents if DOCUMENTS[each.document].citizen_number]
    if not on_chip or not citizens:
        return None
    same = [each for each in citizens if same_number(each.number.reveal(), on_chip)]
    if not same:
        raise PersonDiffers(where=_ON_CARD, detail=_OTHER_NUMBER)
    now = any(each.ended_at is None for each in same)
    return None if now else Reason("R-FIN-CHECK", "4", _FORMER_NUMBER)


def same_number(number: str, on_chip: str) -> bool:
    """Compare a citizen's number with the one on a chip, which may be of the 15 digits of old."""
    return on_chip == (number[:6] + number[8:-1] if len(on_chip) == _SHORT else number)


def _compared(known: str, named: Named, where: Text) -> Reason | None:
    match = compare(known, named.name, other_is_reader_cell=named.from_reader)
    if match is NameMatch.DIFFERENT:
        raise PersonDiffers(where=where, detail=MATCHES[match])
    return Reason("R-FIN-CHECK", "4", MATCHES[match]) if match.needs_second_person else None


def _application(
    tx: Transaction, request: Request, pleas: tuple[Application, ...]
) -> Application | None:
    if request.service is Service.COLLECT_GROUP:
        return _of_batch(tx, request.wish("batch"))
    if request.application is not None:
        for each in pleas:
            if each.id == request.application:
                return each
        raise ApplicationUnknown(detail=_NO_SUCH)
    return next((each for each in pleas if each.open), None)


def _of_batch(tx: Transaction, number: str) -> Application | None:
    """Give one application that stands for an employer's batch: one whose card is there."""
    found = applications.of_batch(tx, int(number)) if is_number(number) else ()
    if not found:
        raise ApplicationUnknown(detail=_NO_SUCH)
    return next((each for each in found if each.progress.state == Progress.MADE), found[0])


def is_number(text: str) -> bool:
    """Say whether a text is a number of the registry."""
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _card(
    desk: Desk,
    request: Request,
    on_desk: Card | None,
    theirs: tuple[Card, ...],
    application: Application | None,
    *,
    choosing: bool,
) -> Card | None:
    """Find the card that is meant: named, on the desk, of the application, or the only one."""
    if request.service in _NO_CARD_MEANT and request.card is None:
        return None
    if on_desk is None and _is_shown(desk, request):
        return None  # The card that was to be shown is one that nobody knows.
    if request.card is not None:
        for each in theirs:
            if each.id == request.card:
                return each
        raise CardUnknown(detail=_NOT_THEIRS if theirs else _NO_SUCH)
    if request.service in _BY_APPLICATION:
        wanted = application.card_id if application is not None else None
        return next((each for each in theirs if each.id == wanted), None)
    if on_desk is not None:
        return on_desk
    if request.service is Service.STATUS:
        # It is about all of them; at a bank it is asked for the sake of one of its own.
        of_this_bank = [each for each in theirs if desk.where.bank and each.bank == desk.where.bank]
        of_a_bank = [each for each in theirs if each.bank]
        return next(iter((*of_this_bank, *of_a_bank, *theirs)), None)
    return _likeliest(request, theirs, choosing=choosing)


def _likeliest(request: Request, theirs: tuple[Card, ...], *, choosing: bool) -> Card | None:
    """Find the one card that nobody had to name, None where there are several or none."""
    living = [
        each
        for each in theirs
        if not each.over
        and each.life.state != Life.DESTROYED
        and each.generation is not Generation.ELECTRONIC
    ]
    handed_over = [each for each in living if each.life.state in {Life.HELD, Life.HANDED_IN}]
    third = [each for each in handed_over if each.generation is Generation.THIRD]
    for several in (third, handed_over, living):
        if len(several) == 1:
            return several[0]
        if several:
            meant = _meant(request.service, several)
            if len(meant) == 1:
                return meant[0]
            listed = "、".join(str(each.id) for each in several)
            if choosing and TABLE[request.service].wants_card:
                raise CardUnknown(detail=_SEVERAL.filled(cards=listed))
            return None
    return theirs[0] if theirs else None


def _meant(service: Service, several: list[Card]) -> list[Card]:
    """Choose among cards: the one in force, not the next one beside it that is not enabled yet.

    What makes a card's function work means the one whose function does not; a lost card that was
    replaced is meant by nothing.
    """
    usable = [each for each in several if each.social.state != Social.REPLACED]
    if len(usable) == 1:
        return usable
    if service in _NOT_YET_ON:
        return [each for each in usable if getattr(each, _NOT_YET_ON[service]).state == "off"]
    return [each for each in usable if each.social.state != Social.OFF]


def _is_shown(desk: Desk, request: Request) -> bool:
    """Say whether a readable card lies on the desk because the service wants it shown."""
    shown = desk.chip is not None and bool(desk.chip.chip)
    return shown and Paper.CARD in TABLE[request.service].papers


def _bank_changed_until(tx: Transaction, desk: Desk, pleas: tuple[Application, ...]) -> date | None:
    """Give the last day on which the bank is not changed again (R-BANK-6M)."""
    for each in pleas:
        if each.sort is applications.Sort.BANK and each.progress.state == Progress.HANDED_OVER:
            until = BANK_CHANGE.deadline(each.progress.since, desk.calendar)
            return None if until.passed(tx.at) else until.day
    return None


def _authorised(
    tx: Transaction, request: Request, person: Person | None, *, at_desk: bool
) -> bool | None:
    """Say whether the right to act that is on record covers the service; None: paper only."""
    if person is None or request.representative is None:
        return None
    document = request.representative.document
    match request.actor:
        case Actor.AGENT:
            covered = representations.covers(tx, person.id, document, request.service)
            # A paper that lies on the desk now counts beside one on record for something else.
            anew = at_desk and Paper.AUTHORISATION in request.papers
            if covered is False and anew and not representations.withdrawn(tx, person.id, document):
                return None
            return covered
        case Actor.GUARDIAN:
            return representations.guards(tx, person.id, document) or None
        case _:
            return None


def _stranger(tx: Transaction, request: Request, asked: Asked) -> PersonFacts:
    holder, today = request.holder, beijing_day(tx.at)
    birth = birth_date_of(holder.document.number) if holder is not None else None
    if birth is None:
        birth = _day(request.wish("birth"))
    known = birth is not None and birth <= today
    return PersonFacts(
        alive=asked.alive is not False,
        minor=is_minor(birth, today) if birth is not None and known else None,
        age=age_on(birth, today) if birth is not None and known else None,
        identity_agrees=asked.identity_agrees,
        entitled=asked.entitled,
        has_card=asked.card_elsewhere is True,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _person_facts(tx: Transaction, situation: Situation, asked: Asked) -> PersonFacts:
    person, today = situation.some_person, beijing_day(tx.at)
    in_force = [
        each
        for each in situation.cards
        if each.generation is Generation.THIRD
        and each.id != situation.seats.next_card  # not enabled yet, be it lost or not
        and each.life.state in {Life.HELD, Life.HANDED_IN}
        and each.social.state in {Social.ON, Social.TEMP_LOST, Social.LOST}
    ]
    return PersonFacts(
        alive=person.alive and asked.alive is not False,
        minor=is_minor(person.birth, today) if person.birth is not None else None,
        age=age_on(person.birth, today) if person.birth is not None else None,
        identity_agrees=asked.identity_agrees,
        entitled=asked.entitled,
        matters_closed=asked.matters_closed,
        basic_data_changed=asked.basic_data_changed,
        has_card=situation.seats.taken or bool(in_force) or asked.card_elsewhere is True,
        cards_in_force=len(in_force),
        bank_changed_until=situation.bank_changed_until,
        blacklisted=situation.blacklisted,
    )


def _card_facts(tx: Transaction, desk: Desk, situation: Situation) -> CardFacts | None:
    card, chip = situation.card, desk.chip
    if card is None:
        return None if chip is None or not chip.chip else _foreign(chip.chip)
    return CardFacts(
        generation=card.generation,
        region=card.region,
        bank=card.bank,
        life=Life(card.life.state),
        social=Social(card.social.state),
        financial=Financial(card.financial.state),
        transit=Public(card.transit.state),
        park=Public(card.park.state),
        readable=None if chip is None else chip.readable,
        pin_set=_pin_set(card, chip),
        social_returns=_last_day(card.social.until),
        beside_another=situation.seats.next_card == card.id,
        replaced_in_vain=situation.seats.next_card is None
        and situation.seats.next_application is None,
        owner_known=True,
        recall_due=_recall_due(tx, desk, card, situation.application),
    )


def _pin_set(card: Card, chip: ChipDesk | None) -> bool | None:
    """Say whether a card has a service PIN: by its chip where that lies here and tells."""
    if chip is not None and chip.readable and chip.chip == card.chip:
        told = chip.pin_set
        return card.pin_set if told is None else told
    return card.pin_set


def _recall_due(tx: Transaction, desk: Desk, card: Card, application: Application | None) -> bool:
    """Say whether a card waits for over six months (R-UNCOLLECTED-6M)."""
    made_at = card.life.since
    if application is not None and application.card_id == card.id:
        made_at = application.progress.since
    life, financial = Life(card.life.state), Financial(card.financial.state)
    recall = recall_of(life, financial, made_at, None, tx.at, desk.calendar)
    return recall is not None and recall.now


def _last_day(until: datetime | None) -> date | None:
    return None if until is None else beijing_day(until - timedelta(microseconds=1))


def _foreign(chip: str) -> CardFacts:
    """Give the facts of a card that the registry does not know."""
    return CardFacts(region=chip[:6], owner_known=False)


def takes_back(situation: Situation) -> Card | None:
    """Give the old card that is handed in when the new one is collected (Rules Art. 16).

    None where there is none, or where it was lost: then no money and no pass are promised.
    """
    application = situation.application
    if application is None or application.sort not in _RENEWALS:
        return None
    for each in situation.cards:
        if each.id != application.old_card_id:
            continue
        if each.life.state == Life.TAKEN_BACK:
            return each  # It lies here: a collection that was broken off goes on with it.
        lost = each.social.state in {Social.LOST, Social.REPLACED}
        return each if each.life.state in _IN_HAND and not lost else None
    return None


def _application_facts(situation: Situation) -> ApplicationFacts | None:
    application = situation.application
    if application is None:
        return None
    return ApplicationFacts(
        Progress(application.progress.state),
        application.bank,
        application.by_post,
        application.batch_id is not None,
        takes_back(situation) is not None,
        application.old_card_id is not None,
    )
