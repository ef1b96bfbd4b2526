"""Which reader is meant: a table to read, in the manner of a specification."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import NoReader, ReaderAmbiguous, ReaderNotFound
from terminal.readers.identity import ReaderIdentity, choose, identify

# --- Names, as pcscd makes them (reference counter-devices.md §1.4) ------------------------

# fmt: off
NAMES = {
    # name: (product, interface, serial, index, slot, what stays)
    "ACS ACR1281U 00 00":
        ("ACS ACR1281U", "", "", 0, 0, "ACS ACR1281U slot 0"),
    "ACS ACR1281U 01 02":
        ("ACS ACR1281U", "", "", 1, 2, "ACS ACR1281U slot 2"),
    "Alcor AU9522 00 01":
        ("Alcor AU9522", "", "", 0, 1, "Alcor AU9522 slot 1"),
    "FT SCR301 [CCID Interface] (0123ABCD) 0A 00":
        ("FT SCR301", "CCID Interface", "0123ABCD", 10, 0,
         "FT SCR301 [CCID Interface] (0123ABCD) slot 0"),
    "sysmoOCTSIM (7F00A1) 00 07":
        ("sysmoOCTSIM", "", "7F00A1", 0, 7, "sysmoOCTSIM (7F00A1) slot 7"),
    "HID OMNIKEY 5422 [OMNIKEY 5422CL Smartcard Reader] (KN01) 01 00":
        ("HID OMNIKEY 5422", "OMNIKEY 5422CL Smartcard Reader", "KN01", 1, 0,
         "HID OMNIKEY 5422 [OMNIKEY 5422CL Smartcard Reader] (KN01) slot 0"),
    "Virtual PCD 2 00 01":
        ("Virtual PCD 2", "", "", 0, 1, "Virtual PCD 2 slot 1"),
    "Reader (with) brackets 00 00":
        ("Reader (with) brackets", "", "", 0, 0, "Reader (with) brackets slot 0"),
    "读卡器 D8 00 00":
        ("读卡器 D8", "", "", 0, 0, "读卡器 D8 slot 0"),
    "Some Driver's Own Name":
        ("Some Driver's Own Name", "", "", 0, 0, "Some Driver's Own Name slot 0"),
    "":
        ("", "", "", 0, 0, " slot 0"),
}
# fmt: on


@pytest.mark.parametrize("name", NAMES)
def test_names_are_taken_apart(name: str) -> None:
    """A role is bound to what stays, so that must be found in every kind of name."""
    product, interface, serial, index, slot, stable = NAMES[name]
    identity = identify(name)
    assert identity == ReaderIdentity(name, product, interface, serial, index, slot)
    assert identity.stable == stable


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ACS ACR1281U 00 02", "ACS ACR1281U 03 02"),
        ("FT SCR301 [CCID Interface] (01) 00 00", "FT SCR301 [CCID Interface] (01) 0F 00"),
    ],
)
def test_what_stays_survives_plugging_in_another_order(before: str, after: str) -> None:
    """The index is the order of plugging, and changes at every reboot."""
    assert identify(before).stable == identify(after).stable


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACS ACR1281U 00 00", "ACS ACR1281U 00 01"),
        ("FT SCR301 (01) 00 00", "FT SCR301 (02) 01 00"),
        ("HID 5422 [Contact] (KN01) 00 00", "HID 5422 [Contactless] (KN01) 01 00"),
    ],
    ids=["slot", "serial", "interface"],
)
def test_what_stays_tells_readers_apart(one: str, other: str) -> None:
    """A role for the contact reader must not lead to its contactless neighbour."""
    assert identify(one).stable != identify(other).stable


@given(st.text())
def test_any_name_is_taken_apart(name: str) -> None:
    """A driver may write what it likes into its name."""
    assert identify(name).name == name


# --- Choosing ------------------------------------------------------------------------------

ACR0, ACR1, ACR2 = "ACS ACR1281U 00 00", "ACS ACR1281U 00 01", "ACS ACR1281U 00 02"
FT1, FT2 = "FT SCR301 (0123) 01 00", "FT SCR301 (4567) 02 00"
DESK = (ACR0, ACR1, ACR2, FT1, FT2)
ROLES = {"counter": "(0123)", "sam": "ACR1281U slot 2", "lost": "Decard", "3": FT2, "any": "SCR"}
AMBIGUOUS, NOT_FOUND = ReaderAmbiguous, ReaderNotFound
OCTOPUS = tuple(f"Octopus 00 {slot:02X}" for slot in range(12))

# fmt: off
CHOICES = [
    # what for · readers · --reader · roles · readers with a card · the choice
    ("the only one",                      (ACR0,), None,       {},    (),           ACR0),
    ("the only one with a card",          DESK,    None,       {},    (FT2,),       FT2),
    ("the role counter before a card",    DESK,    None,       ROLES, (FT2,),       FT1),
    ("several, no card",                  DESK,    None,       {},    (),           AMBIGUOUS),
    ("several, several cards",            DESK,    None,       {},    (FT1, FT2),   AMBIGUOUS),
    ("a role for a reader that is away",  (ACR0,), None,       ROLES, (),           NOT_FOUND),

    ("a number from 1",                   DESK,    "1",        {},    (),           ACR0),
    ("the last number",                   DESK,    "5",        {},    (),           FT2),
    ("a number from 1, not from 0",       (ACR0,), "0",        {},    (),           NOT_FOUND),
    ("a number beyond is a piece",        DESK,    "4567",     {},    (),           FT2),
    ("a number beyond that is none",      DESK,    "9",        {},    (),           NOT_FOUND),
    ("a role before a number",            DESK,    "3",        ROLES, (),           FT2),

    ("a number beyond, also in a name",   (ACR0,), "3",        {},    (),           NOT_FOUND),

    ("a role",                            DESK,    "sam",      ROLES, (),           ACR2),
    ("a role not bound to any here",      DESK,    "lost",     ROLES, (),           NOT_FOUND),
    ("a role bound to two",               DESK,    "any",      ROLES, (),           AMBIGUOUS),
    ("a role is written as it is",        DESK,    "SAM",      ROLES, (),           NOT_FOUND),

    ("a whole name",                      DESK,    ACR1,       {},    (),           ACR1),
    ("a whole name that begins another",  ("X", "X 2"), "X",   {},    (),           "X"),
    ("a piece",                           DESK,    "(4567)",   {},    (),           FT2),
    ("a piece in small letters",          DESK,    "scr301 (0", {},   (),           FT1),
    ("a piece of several",                DESK,    "ACS",      {},    (),           AMBIGUOUS),
    ("a piece of none",                   DESK,    "Decard",   {},    (),           NOT_FOUND),
    ("a piece of what stays",             DESK,    "slot 2",   {},    (),           ACR2),
    ("what stays",                 DESK, "FT SCR301 (4567) slot 0", {}, (),         FT2),
    ("what stays, of a name in another",  OCTOPUS, "octopus slot 1", {}, (),        OCTOPUS[1]),
    ("the empty piece of one",            (ACR0,), "",         {},    (),           ACR0),
    ("the empty piece of several",        DESK,    "",         {},    (),           AMBIGUOUS),
    ("two of a kind",              ("A 00 00", "A 01 00"), "A slot 0", {}, (),      AMBIGUOUS),

    ("no reader at all",                  (),      None,       ROLES, (),           NoReader),
    ("no reader at all, one wanted",      (),      "1",        {},    (),           NoReader),
]
# fmt: on


@pytest.mark.parametrize(
    ("names", "wanted", "roles", "with_card", "choice"),
    [each[1:] for each in CHOICES],
    ids=[each[0] for each in CHOICES],
)
def test_choices(names, wanted, roles, with_card, choice) -> None:
    """The clerk's wish in any of its forms leads to one reader, or to a reason."""
    if isinstance(choice, str):
        assert choose(names, wanted, roles=roles, with_card=with_card) == choice
    else:
        with pytest.raises(choice):
            choose(names, wanted, roles=roles, with_card=with_card)


def test_the_reasons_name_the_readers() -> None:
    """Whoever is told "which one?" needs the list in the same breath."""
    with pytest.raises(ReaderAmbiguous) as several:
        choose(DESK, "SCR301")
    assert several.value.facts == {"readers": f"{FT1}、{FT2}"}
    with pytest.raises(ReaderNotFound) as none:
        choose((ACR0, FT1), "Decard")
    assert none.value.facts == {"wanted": "Decard", "readers": f"{ACR0}、{FT1}"}


@given(st.lists(st.sampled_from([*DESK, *OCTOPUS]), unique=True, min_size=1), st.data())
def test_what_guitai_readers_shows_leads_back_to_the_reader(
    names: list[str], data: st.DataObject
) -> None:
    """Number, name and what stays are printed there to be typed here."""
    name = data.draw(st.sampled_from(names))
    assert choose(names, str(names.index(name) + 1)) == name
    assert choose(names, name) == name
    assert choose(names, identify(name).stable) == name
