"""Who applies for a card: read from the document and what was said, looked over item by item.

Rules Art. 5; regulation digest, "People at the counter". Nothing here is repeated in an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from card_profiles.tables import NATIONALITY, OCCUPATION
from terminal.errors import RequestWrong
from terminal.registry.persons import MinorData, NewPerson, Person
from terminal.registry.plain import is_plain
from terminal.rules.decision import Reason
from terminal.rules.documents import (
    DOCUMENTS,
    EARLIEST_BIRTH,
    DocumentKind,
    DocumentNumber,
    PersonKind,
    birth_date_of,
    check_number,
)
from terminal.rules.names import MATCHES, NameMatch, assigned, compare, usual_width, valid_name
from terminal.services.offered.request import Named
from terminal.texts import Text

WITHOUT_END = frozenset({"long", "长期"})
"""How it is said that a document is valid without end."""
LONGEST_ADDRESS = 200

_WITHOUT_VALIDITY = frozenset({DocumentKind.HOUSEHOLD_REGISTER})
_WITH_NATIONALITY = frozenset({DocumentKind.PASSPORT, DocumentKind.PERMANENT_RESIDENCE})
_BY_DOCUMENT = {
    DocumentKind.TAIWAN_PERMIT: PersonKind.TAIWAN,
    DocumentKind.PERMANENT_RESIDENCE: PersonKind.FOREIGNER,
}
_BY_BEGINNING = {
    "81": PersonKind.HONG_KONG,
    "82": PersonKind.MACAU,
    "83": PersonKind.TAIWAN,
    "H": PersonKind.HONG_KONG,
    "M": PersonKind.MACAU,
}
_MOBILE = re.compile(r"1[3-9][0-9]{9}|\+(?!86)[1-9][0-9]{6,14}")
_BETWEEN_DIGITS = re.compile(r"[\s-]+")

NAME = Text("姓名", "the name")
MOBILE = Text("手机号码", "the mobile number")
OCCUPATION_ITEM = Text("职业", "the occupation")
ADDRESS = Text("常住地址", "the address")
BIRTH = Text("出生日期", "the birth date")
VALIDITY = Text("证件有效期", "the document's validity")
NATIONALITY_ITEM = Text("国籍", "the nationality")
HOLDER = Text("申请人证件", "the applicant's document")
_NUMBER = Text("{document}号码", "the number of {document}")

_NOBODY = Text("没有读取或输入申请人的证件", "no document was read or entered")
_CUT = Text(
    "读卡器的姓名栏只有 15 个字，可能被截断；请对照证件录入全名（name）",
    "a reader's name cell has 15 characters and may be cut; enter the whole name (name)",
)
_MOBILE_FORM = Text(
    "应为 11 位手机号码，境外号码以 + 和国家代码开头",
    "it has 11 digits; a number from abroad begins with + and the country's code",
)
_OCCUPATION_FORM = Text(
    "应为 GB/T 6565 的 5 位职业代码（大类或中类），如 20800；学生为 90001，未从业为 90000",
    "it is a code of GB/T 6565 with 5 digits, such as 20800; students 90001, not employed 90000",
)
_ADDRESS_FORM = Text(
    "应填写，不超过 {most} 个字，不含换行", "it is wanted, has at most {most} characters, one line"
)
_DAY_FORM = Text("应写成 年-月-日，如 2000-01-31", "it is written as in 2000-01-31")
_BIRTH_WANTED = Text(
    "这种证件的号码里没有出生日期，请录入（birth）",
    "the number of this document does not have it: enter it (birth)",
)
_BIRTH_OTHER = Text("与证件号码里的不同", "it is not the one in the document's number")
_BIRTH_IMPOSSIBLE = Text("不可能是真的", "it cannot be true")
_VALIDITY_WANTED = Text(
    "请录入有效期截止日（valid_until），长期有效的写 长期",
    "enter its last day (valid_until), or long where it has no end",
)
_EXPIRED = Text("证件已过有效期，请换领证件后再来", "it has expired: have it renewed first")
_NATIONALITY_FORM = Text(
    "应为三个字母的国家代码，如 FRA", "it is a country's code of three letters, such as FRA"
)


@dataclass(frozen=True, slots=True)
class Applicant:
    """Hold who applies, looked over; ``doubts`` are for a second person to settle (R-FIN-CHECK).

    ``warnings`` are what is unusual and not wrong.
    """

    kind: PersonKind
    name: str = field(repr=False)
    document: DocumentNumber
    valid_until: date | None
    birth: date | None = field(repr=False)
    nationality: str
    mobile: str = field(repr=False)
    address: str = field(repr=False)
    occupation: str
    doubts: tuple[Reason, ...] = ()
    warnings: tuple[Text, ...] = ()

    @property
    def new_person(self) -> NewPerson:
        """Give what the person is put on record with."""
        return NewPerson(
            self.kind,
            self.name,
            self.document,
            self.valid_until,
            self.birth,
            self.nationality,
            self.mobile,
            self.address,
            self.occupation,
        )

    def changed(self, person: Person) -> MinorData | None:
        """Give the minor data that are not on record so; None where all are."""
        mobile = person.mobile.reveal() if person.mobile is not None else ""
        address = person.address.reveal() if person.address is not None else ""
        data = MinorData(
            self.mobile if self.mobile != mobile else None,
            self.occupation if self.occupation != person.occupation else None,
            self.address if self.address != address else None,
        )
        return None if data == MinorData() else data


def read_applicant(
    holder: Named | None, said: Mapping[str, str], today: date, known: Person | None = None
) -> Applicant:
    """Read who applies; raises RequestWrong, which names the first item that is wrong.

    ``said``: name (where a reader cut it), mobile, occupation, address, birth, valid_until,
    nationality. Of who is ``known`` already, what is not said stays as it is on record.
    """
    if holder is None:
        raise RequestWrong(item=HOLDER, detail=_NOBODY)
    number, warning = read_document(holder.document, today)
    nationality = _nationality(holder, said.get("nationality", ""))
    if known is None:
        name, doubts = _name(holder, said.get("name", ""))
        birth = _birth(number, said.get("birth", ""), today)
    else:
        # Compared with the document already (situation.py): what is on record stays.
        name, doubts, birth = known.name.reveal(), (), known.birth
    return Applicant(
        kind=_kind(number, nationality),
        name=name,
        document=number,
        valid_until=read_validity(number.kind, said.get("valid_until", ""), today, known),
        birth=birth,
        nationality=nationality,
        mobile=read_mobile(said.get("mobile") or _on_record(known, "mobile")),
        address=read_address(said.get("address") or _on_record(known, "address")),
        occupation=read_occupation(said.get("occupation") or (known.occupation if known else "")),
        doubts=doubts,
        warnings=(warning,) if warning is not None else (),
    )


def read_person(
    holder: Named, said: Mapping[str, str], today: date
) -> tuple[NewPerson, tuple[Reason, ...]]:
    """Read who somebody is that has a card from before, and what two people have to settle.

    ``said``: name, birth, nationality, mobile, valid_until; the last two are not demanded. Raises
    RequestWrong.
    """
    number, _ = read_document(holder.document, today)
    nationality = _nationality(holder, said.get("nationality", ""))
    name, doubts = _name(holder, said.get("name", ""))
    until = said.get("valid_until", "")
    new = NewPerson(
        _kind(number, nationality),
        name,
        number,
        read_validity(number.kind, until, today) if until else None,
        _birth(number, said.get("birth", ""), today),
        nationality,
        read_mobile(said["mobile"]) if said.get("mobile") else "",
    )
    return new, doubts


def read_document(document: DocumentNumber, today: date) -> tuple[DocumentNumber, Text | None]:
    """Look over a document's number and give it with what is unusual; raises RequestWrong."""
    problem = check_number(document.kind, document.number, today=today)
    if problem is not None and problem.refused:
        item = _NUMBER.filled(document=DOCUMENTS[document.kind].text)
        raise RequestWrong(item=item, detail=problem.text)
    return document, problem.text if problem is not None else None


def read_validity(
    kind: DocumentKind, said: str, today: date, known: Person | None = None
) -> date | None:
    """Read until when a document is valid, None for without end; raises RequestWrong.

    Of who is ``known`` by a document of this kind, the day on record counts where none is said.
    """
    if said in WITHOUT_END:
        return None
    until: date | None
    if said:
        until = read_day(said, VALIDITY)
    elif known is not None and known.document.document is kind:
        until = known.document.valid_until
    elif kind in _WITHOUT_VALIDITY:
        return None
    else:
        raise RequestWrong(item=VALIDITY, detail=_VALIDITY_WANTED)
    if until is not None and until < today:
        raise RequestWrong(item=VALIDITY, detail=_EXPIRED)
    return until


def read_day(text: str, item: Text) -> date:
    """Read a day; raises RequestWrong, which names the item."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RequestWrong(item=item, detail=_DAY_FORM) from None


def read_mobile(text: str, item: Text = MOBILE) -> str:
    """Read a mobile number in its usual form; raises RequestWrong, which names the item."""
    number = _BETWEEN_DIGITS.sub("", usual_width(text)).removeprefix("+86")
    if not _MOBILE.fullmatch(number):
        raise RequestWrong(item=item, detail=_MOBILE_FORM)
    return number


def read_address(text: str) -> str:
    """Read an address; raises RequestWrong."""
    address = text.strip()
    if not address or len(address) > LONGEST_ADDRESS or not is_plain(address):
        raise RequestWrong(item=ADDRESS, detail=_ADDRESS_FORM.filled(most=LONGEST_ADDRESS))
    return address


def read_occupation(code: str) -> str:
    """Read a code of GB/T 6565 as it is asked for; raises RequestWrong."""
    if code not in OCCUPATION:
        raise RequestWrong(item=OCCUPATION_ITEM, detail=_OCCUPATION_FORM)
    return code


def _name(holder: Named, typed: str) -> tuple[str, tuple[Reason, ...]]:
    """Take the whole name, and compare it with what the reader showed."""
    name = assigned(typed or holder.name)
    wrong = valid_name(name)
    if wrong is not None:
        raise RequestWrong(item=NAME, detail=wrong)
    match = compare(name, holder.name or name, other_is_reader_cell=holder.from_reader)
    if match is NameMatch.DIFFERENT:
        raise RequestWrong(item=NAME, detail=MATCHES[match])
    if match is NameMatch.PREFIX and not typed:
        raise RequestWrong(item=NAME, detail=_CUT)
    doubt = Reason("R-FIN-CHECK", "4", MATCHES[match])
    return name, (doubt,) if match.needs_second_person else ()


def _birth(number: DocumentNumber, said: str, today: date) -> date | None:
    shown = birth_date_of(number.number)
    if not said and shown is None:
        raise RequestWrong(item=BIRTH, detail=_BIRTH_WANTED)
    birth = read_day(said, BIRTH) if said else shown
    if shown is not None and birth != shown:
        raise RequestWrong(item=BIRTH, detail=_BIRTH_OTHER)
    if birth is not None and not EARLIEST_BIRTH <= birth <= today:
        raise RequestWrong(item=BIRTH, detail=_BIRTH_IMPOSSIBLE)
    return birth


def _nationality(holder: Named, said: str) -> str:
    # A passport is known by its country too: what the document was found by counts.
    by_country = holder.document.kind is DocumentKind.PASSPORT
    code = holder.nationality or ("" if by_country else said)
    if code not in NATIONALITY and (code or holder.document.kind in _WITH_NATIONALITY):
        raise RequestWrong(item=NATIONALITY_ITEM, detail=_NATIONALITY_FORM)
    return code


def _kind(number: DocumentNumber, nationality: str) -> PersonKind:
    """Say who somebody is by document and nationality; citizens settled abroad have passports."""
    if number.kind is DocumentKind.PASSPORT:
        return PersonKind.CITIZEN if nationality == "CHN" else PersonKind.FOREIGNER
    if number.kind in {DocumentKind.RESIDENCE_PERMIT, DocumentKind.HOME_RETURN_PERMIT}:
        beginnings = (number.number[:1], number.number[:2])
        return next(_BY_BEGINNING[each] for each in beginnings if each in _BY_BEGINNING)
    return _BY_DOCUMENT.get(number.kind, PersonKind.CITIZEN)


def _on_record(known: Person | None, name: str) -> str:
    value = getattr(known, name) if known is not None else None
    return value.reveal() if value is not None else ""
