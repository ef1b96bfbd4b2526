"""Data sharing: what the authorities know of a person, before a card is made, changed, ended."""

from datetime import date
from typing import Any

import pytest
from parties import Others, other_parties

from terminal.parties.data_sharing import (
    BasicData,
    CardElsewhere,
    Guardian,
    HeldData,
    Identity,
    IdentityAnswer,
    Life,
    MattersClosed,
    Verification,
)
from terminal.texts import Text

NUMBER, NEW = "000000197001010000", "000000197001010019"
PERSON = Identity("测试一", "id_card", NUMBER)


@pytest.fixture
def others() -> Others:
    return other_parties(open_register=False)


def test_a_person_who_is_known(others: Others) -> None:
    """R-VERIFY: identity, insured, alive, entitlements and card state in one answer."""
    others.city.data_sharing.add_person(
        NUMBER, "测试一", id_type="id_card", entitlements=["elderly"], card="in_force"
    )
    verified = others.ports.data_sharing.verify(PERSON)
    assert (verified.identity, verified.insured, verified.life) == (
        IdentityAnswer.AGREES,
        True,
        Life.ALIVE,
    )
    assert [each.title.zh for each in verified.entitlements] == ["养老助残"]
    assert verified.card is CardElsewhere.IN_FORCE


@pytest.mark.parametrize(
    ("person", "differing"),
    [
        (Identity("测试二", "id_card", NUMBER), ("name",)),
        (Identity("测试一", "passport", NUMBER), ("id_type",)),
        (Identity("测试二", "passport", NUMBER), ("name", "id_type")),
    ],
)
def test_what_differs_is_named(
    others: Others, person: Identity, differing: tuple[str, ...]
) -> None:
    """The clerk looks at that field again; what the authorities have is not given away."""
    others.city.data_sharing.add_person(NUMBER, "测试一", id_type="id_card")
    verified = others.ports.data_sharing.verify(person)
    assert (verified.identity, verified.differing) == (IdentityAnswer.DIFFERS, differing)


def test_strangers(others: Others) -> None:
    """Nobody knows them: neither insured nor alive; in an open register they are who they say."""
    ports = others.ports
    verified = ports.data_sharing.verify(PERSON)
    assert (verified.identity, verified.insured, verified.life) == (
        IdentityAnswer.UNKNOWN,
        False,
        Life.UNKNOWN,
    )
    assert ports.data_sharing.basic_data(NUMBER).agreed is None
    assert not ports.data_sharing.matters_closed(NUMBER).all_closed
    assert ports.data_sharing.guardians(NUMBER).people == ()
    demo = other_parties(open_register=True).ports.data_sharing
    assert demo.verify(PERSON).identity is IdentityAnswer.AGREES
    assert demo.matters_closed(NUMBER).all_closed


def test_the_deceased_and_the_uninsured(others: Others) -> None:
    """A day of death comes with it where it is known."""
    city, port = others.city.data_sharing, others.ports.data_sharing
    city.add_person(NUMBER, "测试一", insured=False)
    assert not port.verify(PERSON).insured
    city.report_death(NUMBER, "2026-02-01")
    city.add_person("other", "测试一", alive=False)
    assert (port.verify(PERSON).life, port.verify(PERSON).deceased_on) == (
        Life.DECEASED,
        date(2026, 2, 1),
    )
    assert port.verify(Identity("测试一", "", "other")).life is Life.DECEASED


def test_changed_data_count_where_both_have_them(others: Others) -> None:
    """Rules Art. 17: 人社 and 医保 both; found by the number that the card has still."""
    city, port = others.city.data_sharing, others.ports.data_sharing
    city.add_person(NUMBER, "测试一", id_type="id_card")
    assert port.basic_data(NUMBER).agreed == PERSON
    city.change_person(NUMBER, "2026-02-01", name="测试新", new_number=NEW, by=["social"])
    half = port.basic_data(NUMBER)
    assert (half.agreed, half.medical) == (None, HeldData("测试一", "id_card", NUMBER, None))
    city.change_person(NUMBER, "2026-02-03", name="测试新", new_number=NEW)
    assert port.basic_data(NUMBER).agreed == Identity("测试新", "id_card", NEW)
    assert port.basic_data(NEW).social == HeldData("测试新", "id_card", NEW, date(2026, 2, 3))
    assert port.verify(PERSON).differing == ("name", "number")
    assert port.verify(Identity("测试新", "id_card", NEW)).identity is IdentityAnswer.AGREES


def test_agreeing_by_halves() -> None:
    """The day of the change may differ, what was changed may not; one alone agrees with nobody."""
    held = HeldData("测试一", "id_card", NUMBER, None)
    later = HeldData("测试一", "id_card", NUMBER, date(2026, 1, 1))
    assert BasicData(NUMBER, held, later).agreed == PERSON
    assert BasicData(NUMBER, held, None).agreed is None
    assert BasicData(NUMBER, None, held).agreed is None


def test_matters_before_a_cancellation(others: Others) -> None:
    """Rules Art. 19: both have to be closed, and what is not is said in words."""
    city, port = others.city.data_sharing, others.ports.data_sharing
    city.add_person(NUMBER, "测试一")
    assert len(port.matters_closed(NUMBER).still_open) == 2
    city.close_matters(NUMBER, ["medical"])
    half = port.matters_closed(NUMBER)
    assert (half.medical, half.all_closed) == (True, False)
    assert [each.zh for each in half.still_open] == ["社会保险业务尚未办结"]
    city.close_matters(NUMBER)
    assert port.matters_closed(NUMBER) == MattersClosed(NUMBER, True, True, ())


def test_guardians(others: Others) -> None:
    """R-GUARDIAN: what the authorities know stands beside the papers that are brought."""
    mother = {
        "name": "测试母",
        "id_type": "id_card",
        "number": "000000199001010000",
        "kinship": {"zh": "母亲", "en": "mother"},
    }
    others.city.data_sharing.add_person(NUMBER, "测试一", guardians=[mother])
    assert others.ports.data_sharing.guardians(NUMBER).people == (
        Guardian("测试母", "id_card", "000000199001010000", Text("母亲", "mother")),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"life": Life.ALIVE, "deceased_on": date(2026, 1, 1)},
        {"identity": IdentityAnswer.AGREES, "differing": ("name",)},
        {"identity": IdentityAnswer.DIFFERS, "differing": ()},
    ],
)
def test_verifications_that_cannot_be(wrong: dict[str, Any]) -> None:
    """Somebody alive with a day of death is no answer to go on with."""
    right: dict[str, Any] = {
        "number": NUMBER,
        "identity": IdentityAnswer.AGREES,
        "differing": (),
        "insured": True,
        "life": Life.ALIVE,
        "deceased_on": None,
        "entitlements": (),
        "card": CardElsewhere.NONE,
    }
    assert Verification(**right).insured
    with pytest.raises(ValueError, match=r"of nobody|where it"):
        Verification(**right | wrong)
