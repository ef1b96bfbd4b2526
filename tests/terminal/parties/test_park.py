"""The park system's client: over HTTPS, what it believes and what it does not."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority

from card_profiles.park_pass import PASS, PassState, changed
from emulator.key_host import Fault, serve
from emulator.park_system import ParkFault, ParkSystem
from terminal.config import Park
from terminal.errors import (
    ConfigWrong,
    FileTrouble,
    GuitaiError,
    ParkAnswerWrong,
    ParkContradicts,
    ParkSystemMissing,
    ParkSystemUnreachable,
    PassElsewhere,
    PassExists,
    PassKeyUsed,
    PassNotEligible,
    PassNothingToMove,
    PassPending,
)
from terminal.parties.park import Holding, HttpsParkSystem, Order, Stage, from_settings

PERSON, OLD, NEW = "000000197001010000", "0A" * 16, "0B" * 16
DAY = date(2027, 1, 5)


def order(year: int = 2027, card: str = OLD, person: str = PERSON) -> Order:
    last = date(year + 1, 1, 31)
    return Order(person, card, year, 1, date(year, 1, 1), last, b"\x01" * 8)


@pytest.fixture
def system() -> ParkSystem:
    return ParkSystem(refused=frozenset({"nobody"}))


@pytest.fixture
def park(system: ParkSystem) -> HttpsParkSystem:
    return HttpsParkSystem(system.answer)


def sold(park: HttpsParkSystem, key: str = "sale", year: int = 2027) -> bytes:
    record = park.sell(key, order(year))
    park.confirm(key)
    return record


def test_a_life_of_a_pass(park: HttpsParkSystem) -> None:
    """Reserved, confirmed, activated, moved; the gate follows at each step."""
    assert park.eligibility(PERSON, 2027).eligible
    record = park.sell("sale", order())
    (entry,) = park.passes(PERSON)
    assert (entry.holding, entry.pending, entry.card_id) == (Holding.RESERVED, "sale", OLD)
    park.confirm("sale")
    active = park.seal("activation", OLD, changed(record, {"state": PassState.ACTIVE}))
    assert park.may_enter(OLD, active, DAY).admitted
    park.confirm("activation")
    assert park.passes(PERSON)[0].holding is Holding.ACTIVE
    (moving,) = park.begin_move("move", PERSON, OLD, NEW, (2027,), dead=False)
    assert (park.stage("move"), park.may_enter(OLD, active, DAY).admitted) == (Stage.BEGUN, False)
    park.arrived("move")
    park.seal("move", OLD, changed(active, {"state": PassState.MOVED}))
    assert not park.may_enter(NEW, moving.record, DAY).admitted
    (final,) = park.finish_move("move")
    assert park.stage("move") is Stage.FINISHED
    assert park.may_enter(NEW, final.record, DAY).admitted
    assert not park.may_enter(OLD, active, DAY).admitted
    assert not park.may_enter(NEW, moving.record, DAY).admitted


def test_over_https(tmp_path: Path, system: ParkSystem) -> None:
    """The configured way: a certificate that is checked, an answer that is bounded."""
    authority = Authority(tmp_path, "ours")
    tls = authority.server(authority.identity("localhost"))
    with serve(system.answer, tls=tls) as url:
        park = from_settings(Park(url=url, ca_file=str(authority.file)), "guitai.toml")
        sold(park)
        assert len(park.passes(PERSON)) == 1
        stranger = Authority(tmp_path, "theirs")
        with pytest.raises(ParkSystemUnreachable):
            from_settings(Park(url=url, ca_file=str(stranger.file)), "").passes(PERSON)


def test_settings(tmp_path: Path) -> None:
    """None, one that is no address, one whose files are not there: each said."""
    for settings, leaf in (
        (Park(), ParkSystemMissing),
        (Park(url="http://example.org/"), ConfigWrong),
        (Park(url="https://example.org/", ca_file=str(tmp_path / "none")), FileTrouble),
    ):
        with pytest.raises(leaf):
            from_settings(settings, "guitai.toml")


@pytest.mark.parametrize("fault", [each for each in Fault if each is not Fault.NONE])
def test_every_fault_of_a_line(system: ParkSystem, fault: Fault) -> None:
    """Whatever the line does it is one of two words, and never a hang."""
    with serve(system.answer, fault=fault) as url:
        park = from_settings(Park(url=url, timeout_seconds=0.3), "")
        with pytest.raises((ParkSystemUnreachable, ParkAnswerWrong)):
            park.passes(PERSON)


def test_a_wrong_address(system: ParkSystem) -> None:
    """404 is another service's answer, not a missing key."""

    def none(_text: str) -> str:
        raise LookupError

    with pytest.raises(ParkAnswerWrong):
        HttpsParkSystem(none).passes(PERSON)


def test_the_same_person_under_another_number(park: HttpsParkSystem) -> None:
    """Asked before a pass goes from one number's card to another's, with a reason for a no."""
    known = HttpsParkSystem(ParkSystem(renamed={"before": "after"}).answer)
    assert known.same_person("before", "after").same
    assert "没有登记" in park.same_person("before", "after").reason.zh


def test_a_move_instead_of_another(park: HttpsParkSystem, system: ParkSystem) -> None:
    """It revokes the lost card; released it leaves all as it was; the first one cannot go on."""
    sold(park)
    third = "0C" * 16
    park.begin_move("first", PERSON, OLD, NEW, (2027,), dead=False)
    park.arrived("first")
    for key in ("released", "second"):
        park.begin_move(key, PERSON, OLD, third, (2027,), dead=False, instead="first")
        assert (park.stage("first"), system.state["revoked"]) == (Stage.REDIRECTED, [NEW])
        with pytest.raises(ParkContradicts):
            park.finish_move("first")
        if key == "released":
            park.release(key)
            assert (park.stage("first"), system.state["revoked"]) == (Stage.ARRIVED, [])
    park.arrived("second")
    park.finish_move("second")
    assert [each.card_id for each in park.passes(PERSON)] == [third]


REFUSALS: dict[str, tuple[type[GuitaiError], Callable[[HttpsParkSystem], object]]] = {
    "one a person a year": (PassExists, lambda it: it.sell("b", order(card=NEW))),
    "not eligible": (PassNotEligible, lambda it: it.sell("b", order(person="nobody"))),
    "another card's": (
        PassElsewhere,
        lambda it: it.seal("b", NEW, changed(sold(it, "c", 2026), {"state": PassState.ACTIVE})),
    ),
    "a released key": (PassKeyUsed, lambda it: (it.release("b"), it.sell("b", order(2026)))),
    "a move of other years instead": (
        ParkContradicts,
        lambda it: (
            it.begin_move("m", PERSON, OLD, NEW, (2027,), dead=False),
            it.begin_move("n", PERSON, OLD, "0C" * 16, (2026,), dead=False, instead="m"),
        ),
    ),
    "nothing to move": (
        PassNothingToMove,
        lambda it: it.begin_move("m", PERSON, NEW, OLD, (2027,), dead=False),
    ),
    "another move": (
        PassPending,
        lambda it: [
            it.begin_move(key, PERSON, OLD, NEW, (2027,), dead=False) for key in ("m", "n")
        ],
    ),
    "a key for two things": (ParkContradicts, lambda it: it.sell("a", order(2026))),
    "confirmed and released": (ParkContradicts, lambda it: it.release("a")),
    "never begun": (ParkContradicts, lambda it: it.confirm("z")),
    "no move": (ParkContradicts, lambda it: it.stage("a")),
    "finished before it arrived": (
        ParkContradicts,
        lambda it: (
            it.begin_move("m", PERSON, OLD, NEW, (2027,), dead=False),
            it.finish_move("m"),
        ),
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusals(park: HttpsParkSystem, name: str) -> None:
    """Each of the park system's noes is one of the catalogue's."""
    sold(park, "a")
    leaf, act = REFUSALS[name]
    with pytest.raises(leaf):
        act(park)


def test_twice_is_once(park: HttpsParkSystem) -> None:
    """Every call may be repeated: an answer that was lost must cost nothing."""
    assert park.sell("sale", order()) == park.sell("sale", order())
    for _ in range(2):
        park.confirm("sale")
    record = park.sell("sale", order())
    active = changed(record, {"state": PassState.ACTIVE})
    assert park.seal("activation", OLD, active) == park.seal("activation", OLD, active)
    for _ in range(2):
        park.release("activation")
    first, again = (
        park.begin_move("move", PERSON, OLD, NEW, (2027,), dead=False) for _ in range(2)
    )
    assert first == again
    for call in (park.arrived, park.arrived, park.finish_move, park.finish_move, park.arrived):
        call("move")
    assert len(park.passes(PERSON)) == 1


ACTIVE_RECORD = PASS.encode(
    {"pass_type": 1, "year": "2027", "valid_to": date(2028, 1, 31), "state": PassState.ACTIVE}
).hex()
LIES: dict[str, tuple[Any, Callable[[HttpsParkSystem], object]]] = {
    "no JSON": ("rubbish", lambda it: it.passes(PERSON)),
    "a list": ([], lambda it: it.passes(PERSON)),
    "an empty object": ({}, lambda it: it.stage("key")),
    "another type": ({"result": 7}, lambda it: it.passes(PERSON)),
    "no truth value": (
        {"result": {"eligible": "no", "reason": {"zh": "", "en": ""}}},
        lambda it: it.eligibility(PERSON, 2027),
    ),
    "an unknown stage": ({"result": "somewhere"}, lambda it: it.stage("key")),
    "an unknown refusal": (
        {"refused": {"code": "mood", "reason": {"zh": "", "en": ""}}},
        lambda it: it.confirm("key"),
    ),
    "another year's record": (
        {
            "result": PASS.encode(
                {"pass_type": 1, "year": "2026", "valid_to": date(2028, 1, 31), "state": 1}
            ).hex()
        },
        lambda it: it.sell("key", order()),
    ),
    "an active record for a sale": (
        {
            "result": PASS.encode(
                {"pass_type": 1, "year": "2027", "valid_to": date(2028, 1, 31), "state": 2}
            ).hex()
        },
        lambda it: it.sell("key", order()),
    ),
    "a short record": ({"result": "0102"}, lambda it: it.sell("key", order())),
    "other years": (
        {"result": []},
        lambda it: it.begin_move("m", PERSON, OLD, NEW, (2027,), dead=False),
    ),
    "a record that is active before its time": (
        {"result": [{"year": 2027, "record": ACTIVE_RECORD}]},
        lambda it: it.begin_move("m", PERSON, OLD, NEW, (2027,), dead=False),
    ),
    "another year's last record": (
        {"result": [{"year": 2026, "record": ACTIVE_RECORD}]},
        lambda it: it.finish_move("m"),
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_answers_that_are_none(name: str) -> None:
    """Nothing of it is written on a card; and nothing of it is quoted, it may be personal."""
    answer, act = LIES[name]
    text = answer if isinstance(answer, str) else json.dumps(answer)
    with pytest.raises(ParkAnswerWrong) as caught:
        act(HttpsParkSystem(lambda _: text))
    assert PERSON not in caught.value.cause("zh")


def test_another_record_sealed_than_was_asked(park: HttpsParkSystem, system: ParkSystem) -> None:
    """Only the seal may differ from what was to be sealed."""
    active = changed(sold(park), {"state": PassState.ACTIVE})
    system.fault = ParkFault.CONTRADICTING
    with pytest.raises(ParkAnswerWrong):
        park.seal("activation", OLD, active)


def test_who_is_asked_about_does_not_show() -> None:
    """An order in a log or a traceback does not say whose it is."""
    assert PERSON not in repr(order())
