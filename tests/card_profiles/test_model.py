"""The words of a description mean what they say: access, vectors, look-ups."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.layout import Raw
from card_profiles.fields import An
from card_profiles.model import (
    BY_PIN,
    FREE,
    NEVER,
    PIN,
    RULE,
    Access,
    Application,
    ElementaryFile,
    Item,
    Key,
    KeyUse,
    Proof,
    Structure,
    Vector,
    proof,
    unnamed,
    vector,
)
from card_profiles.profiles import BEIJING

PROOFS: st.SearchStrategy[Proof] = st.sampled_from((PIN, 0x04, 0x0A, 0x84, 0x88))
PROVED = st.frozensets(PROOFS)
RULES = st.recursive(
    st.sampled_from((FREE, NEVER)) | PROOFS.map(proof),
    lambda inner: st.builds(Access.__or__, inner, inner) | st.builds(Access.__and__, inner, inner),
    max_leaves=6,
)


# Access ------------------------------------------------------------------------------------


@given(PROVED)
def test_free_and_never(proved: frozenset[Proof]) -> None:
    """The two ends of the scale do not depend on anything proved."""
    assert FREE.allows(proved)
    assert not NEVER.allows(proved)


@given(PROOFS, PROVED)
def test_one_proof_opens_what_demands_it(one: Proof, proved: frozenset[Proof]) -> None:
    """A rule of one proof is opened by that proof, whatever else there is."""
    assert proof(one).allows(proved) == (one in proved)


@given(RULES, RULES, PROVED)
def test_or_and_and_mean_what_they_say(a: Access, b: Access, proved: frozenset[Proof]) -> None:
    """The tables of the standard are written with these two words."""
    assert (a | b).allows(proved) == (a.allows(proved) or b.allows(proved))
    assert (a & b).allows(proved) == (a.allows(proved) and b.allows(proved))


@given(RULES)
def test_free_and_never_are_neutral(rule: Access) -> None:
    """Joining with an end of the scale must not make another rule."""
    assert rule | NEVER == rule
    assert rule & FREE == rule
    assert rule & NEVER == NEVER


@given(RULES, PROVED, PROVED)
def test_more_proofs_never_close_anything(
    rule: Access, fewer: frozenset[Proof], more: frozenset[Proof]
) -> None:
    """Who has proved more can do at least as much."""
    assert rule.allows(fewer | more) or not rule.allows(fewer)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (FREE, "free"),
        (NEVER, "never"),
        (FREE | BY_PIN, "free"),
        (FREE & BY_PIN, "PIN"),
        (NEVER & BY_PIN, "never"),
        (BY_PIN, "PIN"),
        (proof(0x0A), "key 0A"),
        (proof(0x88) | BY_PIN, "PIN or key 88"),
        (proof(0x84) & BY_PIN, "PIN and key 84"),
        ((BY_PIN & proof(0x84)) | proof(0x85), "PIN and key 84 or key 85"),
    ],
)
def test_rules_in_words(rule: Access, text: str) -> None:
    """The words stand in messages and listings, the same at every run."""
    assert str(rule) == text


@pytest.mark.parametrize(
    ("application", "file", "proved", "opened"),
    [
        ("SSSE", 0xEF05, frozenset(), True),
        ("SSSE", 0xEF06, frozenset({PIN}), False),
        ("SSSE", 0xEF06, frozenset({0x0A}), True),
        ("DF01", 0xEF06, frozenset(), False),
        ("DF01", 0xEF06, frozenset({PIN}), True),
        ("DF01", 0xEF06, frozenset({0x88}), True),
        ("DF04", 0xEF06, frozenset({PIN}), False),
        ("DF04", 0xEF06, frozenset({0x84}), False),
        ("DF04", 0xEF06, frozenset({PIN, 0x84}), True),
        ("DF04", 0xEF08, frozenset({0x84}), False),
    ],
)
def test_what_opens_a_file(
    application: str, file: int, proved: frozenset[Proof], opened: bool
) -> None:
    """One file of every kind of protection in card-interface-functions.md §3.4."""
    assert BEIJING.application(application).file(file).read.allows(proved) == opened


# Vectors -----------------------------------------------------------------------------------


def test_vectors_are_spelled_in_hex() -> None:
    """A vector of eighty bytes must be readable, and its repeats countable."""
    assert vector("B2E2 00*3 FF*2 31", "x") == Vector(
        bytes.fromhex("B2E2000000FFFF31"), "x", RULE, one_way=False
    )
    assert vector("", None).raw == b""


@pytest.mark.parametrize("spelled", ["0", "GG", "00*", "00*x"])
def test_misspelled_vectors_are_refused(spelled: str) -> None:
    """A slip in a vector would test other bytes than are seen."""
    with pytest.raises(ValueError, match=r"hexadecimal|literal"):
        vector(spelled, None)


# Items, files, look-ups --------------------------------------------------------------------

TAGGED = Item(0x20, "code", "代码", An(2), (vector("3130", "10"),), count=3)
BARE = Item(0, "content", "内容", Raw(18), (), count=8)


def file_of(*items: Item, size: int = 0) -> ElementaryFile:
    """Describe some file."""
    return ElementaryFile(
        0xEF15, "some", "某", Structure.RECORDS, read=FREE, write=NEVER, items=items, size=size
    )


def test_sizes_count_headers_where_there_are_any() -> None:
    """A record is its value and two bytes; content without a tag is its value alone."""
    assert (TAGGED.size, BARE.size) == (4, 18)
    assert file_of(TAGGED).total_size == 12
    assert file_of(BARE).total_size == 144
    assert file_of(size=296).total_size == 296


def test_unnamed_items_are_called_by_their_tag() -> None:
    """A guessed name would look like knowledge."""
    example = vector("3031", "01")
    field = An(2)
    assert unnamed(0x5A, field, example, count=2) == Item(0x5A, "item_5a", "", field, (example,), 2)


def test_short_ids() -> None:
    """READ RECORD by short id takes the low five bits, unless a file has another (§3)."""
    assert file_of().sfi == 0x15
    assert replace(file_of(), short_id=0x1E).sfi == 0x1E


APPLICATION = Application(
    "DF01",
    "公共应用",
    0xDF01,
    b"\xd1\x56",
    files=(file_of(TAGGED),),
    keys=(Key(0x83, "UK1DF01", KeyUse.UPDATE),),
)


def test_parts_are_found() -> None:
    """Code asks for a part by what the standard calls it."""
    assert APPLICATION.file(0xEF15).item(0x20) is TAGGED
    assert APPLICATION.key("UK1DF01").id == 0x83
    assert BEIJING.application("SSSE") is BEIJING.environment
    assert BEIJING.application("park_pass").fid == 0xDF0E


@pytest.mark.parametrize(
    ("look_up", "message"),
    [
        (lambda: APPLICATION.file(0xEF99), "DF01 has no file EF99"),
        (lambda: APPLICATION.key("RK9"), "DF01 has no key RK9"),
        (lambda: file_of(TAGGED).item(0x99), "some has no item 99"),
        (lambda: BEIJING.application("DF99"), "profile beijing has no application DF99"),
    ],
    ids=["file", "key", "item", "application"],
)
def test_missing_parts_are_named(look_up: Callable[[], object], message: str) -> None:
    """The message says what was asked for, and of whom."""
    with pytest.raises(KeyError, match=message):
        look_up()


def test_descriptions_do_not_change() -> None:
    """Terminal and emulator hold the same objects; a change by one would be the other's."""
    with pytest.raises(FrozenInstanceError):
        TAGGED.count = 4  # type: ignore[misc]  # the very thing that must not work
