"""Put a card from before on record: of the first two generations, or issued elsewhere in the city.

A counter that never saw a card does nothing with it until it knows whose it is. The chip says which
card it is, the document whose, and of a third-generation card the city's card system says whether
it is the person's one card (R-ONE, Rules Art. 4), of which bank, enabled or not, and the bank how
its account stands. Where something does not fit two people look; another card in force is refused.
It is no service of the rules [own]: nothing changes but what is on record here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from terminal.errors import (
    MovedMeanwhile,
    PartyError,
    PersonDiffers,
    RequestWrong,
    RuleRefused,
    SecondWanted,
)
from terminal.parties.bank import AccountState
from terminal.registry import cards, persons, seats, watch
from terminal.registry.cards import Card, Made
from terminal.registry.machines import Kind
from terminal.registry.persons import Person
from terminal.registry.transaction import Transaction
from terminal.rules.card_checks import CARD_OF_THE_CITY
from terminal.rules.case import BEIJING_REGION
from terminal.rules.checks import NO_CARD_YET, NOT_BLACKLISTED
from terminal.rules.decision import Decision, Reason, Verdict
from terminal.rules.documents import DOCUMENTS
from terminal.rules.names import MATCHES, NameMatch, compare
from terminal.rules.states import Financial, Social
from terminal.rules.vocabulary import FACE_TO_FACE, PAPERS, Generation, Paper, Service
from terminal.services.acts import ACTS, Act
from terminal.services.offered import beside
from terminal.services.offered.applicant import read_person
from terminal.services.offered.chip_facts import ChipFacts
from terminal.services.offered.desk import ANY_BANK, Desk
from terminal.services.offered.ordering import read_bank
from terminal.services.offered.request import Named
from terminal.services.offered.running import joined
from terminal.services.offered.situation import same_number
from terminal.services.two_people import demand_two
from terminal.texts import Text

_RULE, _ONE = "R-OLD-GEN", "R-ONE"
_TO_BE_SEEN = Text("须在网点出示证件和卡", "document and card are shown at an outlet")
_ON_CARD = Text("卡", "the card")
_ON_RECORD = Text("登记", "the registry")
_ANOTHERS = Text("这张卡登记在另一个人名下", "this card is on record as another person's")
_NO_NAME = Text(
    "芯片上的姓名读不出来，无法与证件核对",
    "the chip does not show its holder's name to be compared",
)
_OTHER_NUMBER = Text("芯片上的号码与证件号码不同", "chip and document have different numbers")
_CITY_MUTE = Text(
    "市社保卡管理系统没有答复，不知道是不是此人在用的卡",
    "the city's card system did not answer whether this is the person's card",
)
_CITY_KNOWS_NONE = Text(
    "市社保卡管理系统没有这张卡的记录", "the city's card system does not know this card"
)
_NO_ACCOUNT = Text("芯片上的银行账号读不出来", "the chip does not show its account")
_BANK_MUTE = Text("银行没有答复账户的状态", "the bank did not answer how the account stands")
_BANK_KNOWS_NONE = Text("银行没有这个账户", "the bank has no such account")
_BANK_ITEM = Text("发卡合作银行（--bank）", "the issuing bank (--bank)")
_BANK_WANTED = Text(
    "市社保卡管理系统没有说是哪家银行的卡，请照卡面填写",
    "the city's card system does not name it: take it from the card's face",
)
_STATES: Mapping[AccountState, tuple[Financial, tuple[str, Financial] | None]] = {
    AccountState.OPENED: (Financial.OFF, None),
    AccountState.ACTIVE: (Financial.ON, None),
    AccountState.STOPPED_TEMPORARY: (Financial.ON, ("lose_temp", Financial.STOPPED)),
    AccountState.STOPPED_FORMAL: (Financial.ON, ("lose", Financial.LOST)),
    AccountState.CANCELLED: (Financial.ON, ("cancel", Financial.CANCELLED)),
}
"""What the financial function begins as, and the move to how it stands."""


@dataclass(frozen=True, slots=True)
class Registered:
    """Hold who and which card stand on record; ``repeated``: they did before."""

    person: Person
    card: Card
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """Hold what other parties know of a card, and what is doubtful about it."""

    bank: str = ""
    social: Social = Social.ON
    account: AccountState | None = None
    doubts: tuple[Reason, ...] = ()


def register(
    desk: Desk, holder: Named, chip: ChipFacts, said: Mapping[str, str], bank: str = ""
) -> Registered:
    """Put a card and its holder on record; again, it gives them as they are.

    ``said`` is what applicant.py reads of who is not on record yet, ``bank`` the one on the card's
    face, for where the city does not name it. Raises RequestWrong, PersonDiffers, SecondWanted,
    MovedMeanwhile, RuleRefused for another city's card or a second one in force.
    """
    if desk.where.channel not in FACE_TO_FACE:
        raise RequestWrong(item=PAPERS[Paper.CARD], detail=_TO_BE_SEEN)
    if not chip.region.startswith(BEIJING_REGION):
        raise _refused(CARD_OF_THE_CITY.said)
    with desk.registry.reading() as tx:
        done = _on_record(tx, holder, chip)
    if done is not None:
        return done
    doubts = list(_compared(holder, chip))
    known = _asked(desk, holder, chip)
    with desk.registry.writing() as tx:
        done = _on_record(tx, holder, chip)
        if done is not None:
            return done
        person = persons.find(tx, holder.document, holder.nationality)
        doubts += known.doubts
        if person is None:
            new, more = read_person(holder, said, desk.today)
            doubts += more
        else:
            doubts += _compared_with(person.name.reveal(), holder, _ON_RECORD)
            if watch.blacklisted(tx, person.id, None):
                doubts.append(NOT_BLACKLISTED.said)
        _demand_agreed(desk, doubts)
        try:
            person = persons.add(tx, new) if person is None else person
            card = _put(tx, person, chip, known, _bank(desk, chip, known, bank))
        except IntegrityError as error:
            raise MovedMeanwhile from error
        facts = {"generation": chip.generation.value, "rules": _rules(doubts)}
        beside.note(tx, desk, Act.REGISTER_CARD, person_id=person.id, card_id=card.id, facts=facts)
    return Registered(person, card)


def _on_record(tx: Transaction, holder: Named, chip: ChipFacts) -> Registered | None:
    """Give what stands on record already; raises PersonDiffers where it is another's."""
    card = cards.by_chip(tx, chip.chip)
    if card is None:
        return None
    person = persons.find(tx, holder.document, holder.nationality)
    if person is None or person.id != card.person_id:
        raise PersonDiffers(where=_ON_CARD, detail=_ANOTHERS)
    return Registered(person, card, repeated=True)


def _compared(holder: Named, chip: ChipFacts) -> Iterable[Reason]:
    """Compare the document with the chip; raises PersonDiffers for another name."""
    if not chip.name:
        yield Reason(_RULE, "", _NO_NAME)
    else:
        yield from _compared_with(chip.name, holder, _ON_CARD)
    if chip.holder_number and not _same_number(holder, chip.holder_number):
        yield Reason(_RULE, "", _OTHER_NUMBER)


def _compared_with(name: str, holder: Named, where: Text) -> Iterable[Reason]:
    match = compare(name, holder.name, other_is_reader_cell=holder.from_reader)
    if match is NameMatch.DIFFERENT:
        raise PersonDiffers(where=where, detail=MATCHES[match])
    if match.needs_second_person:
        yield Reason("R-FIN-CHECK", "4", MATCHES[match])


def _same_number(holder: Named, on_chip: str) -> bool:
    number = holder.document.number
    if not DOCUMENTS[holder.document.kind].citizen_number:
        return on_chip == number
    return same_number(number, on_chip)


def _asked(desk: Desk, holder: Named, chip: ChipFacts) -> _Known:
    """Ask the city and the bank of a third-generation card; raises RuleRefused (R-ONE)."""
    if chip.generation is not Generation.THIRD:
        return _Known()
    doubts: list[Reason] = []
    bank, social = "", Social.ON
    document = holder.document
    try:
        standing = desk.parties.card_management.standing(document.kind.value, document.number)
    except PartyError:
        doubts.append(Reason(_ONE, "4", _CITY_MUTE))
    else:
        if standing.in_force is not None and standing.in_force.card_number == chip.number:
            bank = standing.in_force.bank
        elif standing.being_made is not None and standing.being_made.card_number == chip.number:
            bank, social = standing.being_made.bank, Social.OFF
        elif standing.in_force is not None:
            raise _refused(NO_CARD_YET.said)
        else:
            doubts.append(Reason(_ONE, "4", _CITY_KNOWS_NONE))
    if not chip.account:
        return _Known(bank, social, None, (*doubts, Reason(_RULE, "", _NO_ACCOUNT)))
    try:
        account: AccountState | None = desk.parties.bank.financial_state(chip.account).state
    except PartyError:
        # Taken for one that works: its bank has to hear of a loss in any case.
        account = AccountState.ACTIVE if social is Social.ON else AccountState.OPENED
        doubts.append(Reason(_RULE, "", _BANK_MUTE))
    if account is AccountState.UNKNOWN:
        account = None
        doubts.append(Reason(_RULE, "", _BANK_KNOWS_NONE))
    return _Known(bank, social, account, tuple(doubts))


def _bank(desk: Desk, chip: ChipFacts, known: _Known, said: str) -> str:
    """Give the issuing bank: the city's word, also for one that is no partner any more.

    Raises RequestWrong.
    """
    if known.bank:
        return read_bank(known.bank, ANY_BANK)
    if said:
        return read_bank(said, desk.banks)
    if chip.generation is Generation.THIRD:
        raise RequestWrong(item=_BANK_ITEM, detail=_BANK_WANTED)
    return ""


def _put(tx: Transaction, person: Person, chip: ChipFacts, known: _Known, bank: str) -> Card:
    """Put the card and its seat on record; raises RuleRefused where the seat is another's."""
    third = chip.generation is Generation.THIRD
    first, move = _STATES[known.account] if known.account is not None else (Financial.NONE, None)
    card = cards.register(
        tx,
        person.id,
        chip.generation,
        Made(
            chip.number,
            chip.chip,
            chip.transit_number,
            chip.account if first is not Financial.NONE else "",
            chip.issued_on,
        ),
        bank=bank,
        region=chip.region,
        financial=first,
        social=known.social,
    )
    if move is not None:
        card = cards.move(tx, card, Kind.FINANCIAL, *move)
    if third:
        _seat(tx, person, card)
    return card


def _seat(tx: Transaction, person: Person, card: Card) -> None:
    """Give the person's one card its seat; one that is not enabled yet sits beside the old one."""
    taken = seats.of_person(tx, person.id)
    beside_it = taken.current_card is not None and card.social.state == Social.OFF
    full = taken.next_card is not None or taken.next_application is not None
    if taken.taken and (not beside_it or full):
        raise _refused(NO_CARD_YET.said)
    seats.take(tx, person.id, card_id=card.id, beside=beside_it)


def _demand_agreed(desk: Desk, doubts: list[Reason]) -> None:
    if not doubts:
        return
    if not desk.second or not desk.reason:
        raise SecondWanted(
            service=ACTS[Act.REGISTER_CARD],
            reasons=joined([each.sentence for each in doubts]),
            decision=Decision(Service.STATUS, Verdict.SECOND, tuple(doubts)),
        )
    demand_two(desk.operator, desk.second)


def _refused(reason: Reason) -> RuleRefused:
    why = Reason(reason.rule, reason.article, reason.why)
    return RuleRefused(
        service=ACTS[Act.REGISTER_CARD], reasons=why.sentence, instead=reason.instead
    )


def _rules(doubts: list[Reason]) -> str:
    return " ".join(dict.fromkeys(each.rule for each in doubts))
