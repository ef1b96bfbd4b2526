"""Identity documents: a mistyped number is told with its reason, an unusual one is not refused."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from card_profiles.identifiers import citizen_id_check
from terminal.errors import PersonalDataWrong
from terminal.rules.documents import (
    DOCUMENTS,
    PERSONS,
    DocumentKind,
    PersonKind,
    ProblemKind,
    age_on,
    agree,
    birth_date_of,
    check_number,
    is_minor,
    normal_form,
    read_number,
    sex_of,
)

TODAY = date(2026, 3, 1)
CITIZEN_KINDS = [
    DocumentKind.CITIZEN_ID,
    DocumentKind.TEMPORARY_ID,
    DocumentKind.HOUSEHOLD_REGISTER,
]


def number(body: str) -> str:
    """Put the check character behind 17 digits of a made-up number."""
    return body + citizen_id_check(body)


# 110103 崇文区 was withdrawn in 2010: nobody gets such a number any more.
CITIZEN = number("11010319990101001")
RESIDENT = number("81000019990101001")
PERMANENT = number("91184019990101001")
RIGHT = {
    DocumentKind.CITIZEN_ID: [CITIZEN],
    DocumentKind.TEMPORARY_ID: [CITIZEN],
    DocumentKind.HOUSEHOLD_REGISTER: [CITIZEN],
    DocumentKind.RESIDENCE_PERMIT: [
        RESIDENT,
        number("82000019990101001"),
        number("83000019990101001"),
    ],
    DocumentKind.HOME_RETURN_PERMIT: ["H00000000", "M0000000001", "HA0000000", "MA0000000"],
    DocumentKind.TAIWAN_PERMIT: ["00000000", "0000000001", "0000000001B"],
    DocumentKind.PERMANENT_RESIDENCE: ["XXX110000000001", PERMANENT],
    DocumentKind.PASSPORT: ["00000", "X0000000", "XX0000000", "000000000"],
}


def problem(kind: DocumentKind, text: str) -> ProblemKind | None:
    found = check_number(kind, normal_form(text), today=TODAY)
    return found.kind if found else None


def test_every_kind_is_described() -> None:
    """A kind without words, holders or a form would be an empty line in a clerk's list."""
    assert set(DOCUMENTS) == set(DocumentKind) == set(RIGHT)
    assert set(PERSONS) == set(PersonKind)
    assert all(each.persons and each.text.zh and each.form.zh for each in DOCUMENTS.values())
    assert set().union(*(each.persons for each in DOCUMENTS.values())) == set(PersonKind)


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in RIGHT.items() for t in texts])
def test_right_numbers(kind: DocumentKind, text: str) -> None:
    """What stands on a document is taken, whoever its holder is, without a word."""
    assert check_number(kind, text, today=TODAY) is None
    read = read_number(kind, text, today=TODAY)
    assert (read.kind, read.number, read.warning) == (kind, text, None)
    assert text not in repr(read)


@pytest.mark.parametrize(
    "typed",
    [
        "110103 19990101 001{}",
        " 1101031999\u30000101001{}\t",
        "１１０１０３１９９９０１０１００１{}",
        "\u200e110103\u00a019990101001{}\ufeff",
    ],
)
def test_as_people_type(typed: str) -> None:
    """Spaces, full width and what a copied text brings along are no mistakes."""
    assert normal_form(typed.format(CITIZEN[-1].lower())) == CITIZEN


def test_brackets_and_a_small_x() -> None:
    """Old permits print their letter in brackets; the check character is typed as a small x."""
    assert normal_form("0000000001（b）") == "0000000001B"
    with_x = next(
        made for serial in range(100) if (made := number(f"11010319990101{serial:03}"))[-1] == "X"
    )
    assert read_number(DocumentKind.CITIZEN_ID, with_x.lower(), today=TODAY).number == with_x


@given(st.integers(0, 17), st.integers(1, 9), st.dates(date(1850, 1, 1), TODAY))
def test_one_wrong_digit_never_passes(place: int, by: int, born: date) -> None:
    """GB 11643 finds every single mistyped digit; no such number may open an account."""
    right = number(f"110103{born.year:04}{born:%m%d}001")
    assert problem(DocumentKind.CITIZEN_ID, right) is None
    digit = right[place]
    wrong = str((int(digit, 36) + by) % 10)
    if wrong != digit:
        found = check_number(
            DocumentKind.CITIZEN_ID, right[:place] + wrong + right[place + 1 :], today=TODAY
        )
        assert found is not None
        assert found.refused


@pytest.mark.parametrize("kind", CITIZEN_KINDS)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ProblemKind.EMPTY),
        (" \u3000 ", ProblemKind.EMPTY),
        (CITIZEN[:-1], ProblemKind.LENGTH),
        (CITIZEN + "0", ProblemKind.LENGTH),
        (CITIZEN[:-1] + "Y", ProblemKind.FORM),
        (CITIZEN[:5] + "X" + CITIZEN[6:], ProblemKind.FORM),
        (CITIZEN[:-1] + ("0" if CITIZEN[-1] != "0" else "1"), ProblemKind.CHECK_CHARACTER),
        (number("11010319990230001"), ProblemKind.NO_SUCH_DAY),
        (number("11010319000229001"), ProblemKind.NO_SUCH_DAY),
        (number("11010320260302001"), ProblemKind.BORN_IN_FUTURE),
        (number("11010318491231001"), ProblemKind.BORN_LONG_AGO),
        ("110103990101001", ProblemKind.OLD_NUMBER),
        ("X12345678", ProblemKind.OTHER_DOCUMENT),
        ("H12345678", ProblemKind.OTHER_DOCUMENT),
        (PERMANENT, ProblemKind.OTHER_DOCUMENT),
        ("١" * 18, ProblemKind.FORM),
        ("0" * 100_000, ProblemKind.LENGTH),
    ],
)
def test_wrong_citizen_numbers(kind: DocumentKind, text: str, expected: ProblemKind) -> None:
    """Each mistake has its own reason, for each is mended otherwise."""
    assert problem(kind, text) is expected


def test_borders_of_the_birth_date() -> None:
    """A child may be born today; nobody alive was born before 1850, and leap days exist."""
    for body in ("11010320260301001", "11010318500101001", "11010320000229001"):
        assert problem(DocumentKind.HOUSEHOLD_REGISTER, number(body)) is None


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        (DocumentKind.CITIZEN_ID, "X12345678", "护照"),
        (DocumentKind.CITIZEN_ID, "H12345678", "港澳居民来往内地通行证"),
        (DocumentKind.CITIZEN_ID, PERMANENT, "外国人永久居留身份证"),
        (DocumentKind.CITIZEN_ID, "XXX110000000001", "外国人永久居留身份证"),
        (DocumentKind.CITIZEN_ID, RESIDENT, "港澳台居民居住证"),
        (DocumentKind.RESIDENCE_PERMIT, CITIZEN, "居民身份证"),
        (DocumentKind.PASSPORT, CITIZEN, "居民身份证"),
        (DocumentKind.PERMANENT_RESIDENCE, "X12345678", "护照"),
        (DocumentKind.HOME_RETURN_PERMIT, RESIDENT, "港澳台居民居住证"),
    ],
)
def test_the_number_of_another_document(kind: DocumentKind, text: str, named: str) -> None:
    """The wrong line of the list was chosen: saying which one would fit ends the search."""
    found = check_number(kind, text, today=TODAY)
    assert found is not None
    assert found.kind is ProblemKind.OTHER_DOCUMENT
    assert f"这像是{named}的号码" in found.text.zh
    assert DOCUMENTS[kind].form.en in found.text.en


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (DocumentKind.HOME_RETURN_PERMIT, "H123456789", ProblemKind.OTHER_DOCUMENT),
        (DocumentKind.HOME_RETURN_PERMIT, "12345678", ProblemKind.FORM),
        (DocumentKind.TAIWAN_PERMIT, "123456789", ProblemKind.FORM),
        (DocumentKind.RESIDENCE_PERMIT, RESIDENT[:-1], ProblemKind.LENGTH),
        (DocumentKind.RESIDENCE_PERMIT, number("81000019990230001"), ProblemKind.NO_SUCH_DAY),
        (DocumentKind.PERMANENT_RESIDENCE, PERMANENT[:-1], ProblemKind.FORM),
        (DocumentKind.PERMANENT_RESIDENCE, number("91184020270101001"), ProblemKind.BORN_IN_FUTURE),
        (DocumentKind.PASSPORT, "ABCDE", ProblemKind.FORM),
        (DocumentKind.PASSPORT, "X123", ProblemKind.FORM),
        (DocumentKind.PASSPORT, "X" + "1" * 12, ProblemKind.FORM),
        (DocumentKind.PASSPORT, "110103990101001", ProblemKind.OLD_NUMBER),
        (DocumentKind.PASSPORT, "Х1234567", ProblemKind.FORM),
    ],
)
def test_wrong_numbers_of_others(kind: DocumentKind, text: str, expected: ProblemKind) -> None:
    """Every holder's number is checked as far as its form is known."""
    assert problem(kind, text) is expected


def test_the_check_of_18_characters_is_everybodys() -> None:
    """Residents and permanent residents have GB 11643's check character too."""
    for kind, right in (
        (DocumentKind.RESIDENCE_PERMIT, RESIDENT),
        (DocumentKind.PERMANENT_RESIDENCE, PERMANENT),
    ):
        wrong = right[:16] + str((int(right[16]) + 1) % 10) + right[17]
        assert problem(kind, wrong) is ProblemKind.CHECK_CHARACTER


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (DocumentKind.CITIZEN_ID, number("19010119990101001"), ProblemKind.UNKNOWN_DIVISION),
        (DocumentKind.CITIZEN_ID, number("13990119990101001"), ProblemKind.UNKNOWN_DIVISION),
        (DocumentKind.PASSPORT, "X123456789", ProblemKind.UNUSUAL_LENGTH),
    ],
)
def test_unusual_is_not_refused(kind: DocumentKind, text: str, expected: ProblemKind) -> None:
    """Divisions come and go, and a passport may be longer: that is looked at again, no more."""
    found = check_number(kind, text, today=TODAY)
    assert found is not None
    assert (found.kind, found.refused) == (expected, False)
    assert read_number(kind, text, today=TODAY).warning == found.text


def test_the_error_tells_why_and_never_the_number() -> None:
    """The reason goes to screens and logs, and the number is personal even when it is wrong."""
    with pytest.raises(PersonalDataWrong) as caught:
        read_number(DocumentKind.CITIZEN_ID, "X98765432", today=TODAY)
    for language in ("zh", "en"):
        said = caught.value.message(language) + caught.value.cause(language)
        assert "98765432" not in said
    assert "居民身份证" in caught.value.message("zh")
    assert "护照" in caught.value.cause("zh")


@given(st.sampled_from(DocumentKind), st.text(max_size=30))
def test_no_text_brings_it_down(kind: DocumentKind, text: str) -> None:
    """A counter's field takes whatever a scanner or a cat types; its normal form is final."""
    form = normal_form(text)
    assert normal_form(form) == form
    found = check_number(kind, form, today=TODAY)
    assert found is None or (found.text.zh and found.text.en)


@pytest.mark.parametrize("letter", "ſßı\u212a\u0425")
def test_letters_that_only_look_so(letter: str) -> None:
    """Upper case is ASCII's: no foreign letter becomes one that a passport could have."""
    assert problem(DocumentKind.PASSPORT, f"{letter}1234567") is ProblemKind.FORM


def test_what_a_number_tells() -> None:
    """Birth date and sex come out of 18 characters, out of others nothing is guessed."""
    assert birth_date_of(CITIZEN) == date(1999, 1, 1)
    assert (sex_of(CITIZEN), sex_of(number("11010319990101002"))) == ("1", "2")
    for other in ("", "X12345678", "1" * 17, "1" * 19, "X" * 18, "²" * 18, "١" * 18):
        assert birth_date_of(other) is None
        assert sex_of(other) is None
    assert birth_date_of(number("11010319990230001")) is None


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("X1234567", "X1234568", "从第 8 位开始不同"),
        ("X1234567", "Y1234568", "从第 1 位开始不同"),
        ("X1234567", "X123456", "一遍 8 位，一遍 7 位"),
        ("X1234567", "", "输入两遍"),
        (" ", " ", "输入两遍"),
    ],
)
def test_two_entries_that_differ(first: str, second: str, said: str) -> None:
    """No reader reads a passport: the second entry is what finds a mistake in the first."""
    found = agree(first, second)
    assert found is not None
    assert said in found.zh
    assert "1234567" not in found.zh + found.en


def test_two_entries_that_agree() -> None:
    """Width, case and spaces make no difference between two entries."""
    assert agree("x 1234567", "Ｘ１２３４５６７") is None


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2008, 3, 1), date(2026, 2, 28), 17),
        (date(2008, 3, 1), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 28), 19),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
        (date(2008, 12, 31), date(2026, 12, 30), 17),
        (date(2026, 3, 1), date(2026, 3, 1), 0),
        (date(1926, 3, 2), date(2026, 3, 1), 99),
    ],
)
def test_age(birth: date, day: date, age: int) -> None:
    """A day too early, and a child acts without its guardian; a leap day is no exception."""
    assert age_on(birth, day) == age
    assert is_minor(birth, day) is (age < 18)


def test_age_before_birth() -> None:
    """A day before the birth is a mistake of the caller, not an age of minus one."""
    with pytest.raises(ValueError, match="before the birth"):
        age_on(TODAY, TODAY - timedelta(days=1))


@given(st.dates(), st.integers(0, 50_000))
def test_age_never_falls(birth: date, days: int) -> None:
    """Every day somebody is as old as the day before, or a year older."""
    if birth.toordinal() + days + 1 <= date.max.toordinal():
        day = birth + timedelta(days=days)
        assert age_on(birth, day + timedelta(days=1)) - age_on(birth, day) in {0, 1}
