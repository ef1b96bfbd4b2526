"""The profiles agree with the lists of the reference: files, keys, access, lengths, names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import pytest
from places import (
    EVERY_APPLICATION,
    EVERY_PLACE,
    EVERY_PROFILE,
    Place,
    applications,
    places,
)

from apdu import simple_tlv, tlv
from apdu.layout import Field
from card_profiles import bank, beijing, park_pass, transit
from card_profiles import social_security as ssse
from card_profiles.fields import An, Binary, Cn, Columns, Date, Group, HexDigits
from card_profiles.model import (
    Access,
    Application,
    ElementaryFile,
    Item,
    KeyUse,
    Profile,
    Structure,
)
from card_profiles.profiles import BEIJING, GEN1, GEN2, GEN3
from card_profiles.tables.social import HOUSEHOLD_CLASS, MARITAL_STATUS

# The reference's lists, in its own notation ------------------------------------------------

# File: structure, read access, write access, items as "tag type length" with lengths in hex.
# A Group is its length and its members, the record of a cyclic file its length and its columns.
RECORDS, FIXED, CYCLIC, TRANSPARENT = (
    Structure.RECORDS,
    Structure.FIXED,
    Structure.CYCLIC,
    Structure.TRANSPARENT,
)
BY_PIN_OR_RK1 = "PIN or RK1"

ENVIRONMENT_LISTS = {
    "EF05": (
        *(RECORDS, "free", "UK"),
        "01 cn10, 02 an01, 03 an04, 04 cn0C, 05 cn04, 06 cn04, 07 an09",
    ),
    "EF06": (
        *(RECORDS, "RK", "UK"),
        "08 an12, 09 an1E, 4E an14, 0A an01, 0B cn01, 0C cn03, 0D cn04",
    ),
    "EF07": (TRANSPARENT, "RK", "UK", "b300"),
    "EF08": (TRANSPARENT, "RK", "UK", "b1000"),
}

LISTS = {
    "DF01 EF05": (RECORDS, BY_PIN_OR_RK1, "UK1", "20 an02, 21 an50, 0E cn03"),
    "DF01 EF06": (RECORDS, BY_PIN_OR_RK1, "UK4", "23 an50, 24 cn03, 28 an0F, 2C an32, 2D an0F"),
    "DF01 EF07": (RECORDS, BY_PIN_OR_RK1, "UK2", "29 an01"),
    "DF01 EF08": (RECORDS, BY_PIN_OR_RK1, "UK3", "2B an01"),
    "DF01 EF09": (RECORDS, BY_PIN_OR_RK1, "UK2", "2E an46, 30 an09, 32 an02"),
    "DF01 EF0A": (RECORDS, BY_PIN_OR_RK1, "UK5", "37 an03, 38 an02, 39 cn04"),
    "DF01 EF15": (
        *(RECORDS, BY_PIN_OR_RK1, "UK6"),
        "2A cn01, 40 ×3 34 {57 an03, 58 cn03, 59 an28}",
    ),
    "DF01 EF16": (TRANSPARENT, "free", "UK7", "b128"),
    "DF01 EF17": (TRANSPARENT, "free", "UK8", "b128"),
    "DF01 EF18": (TRANSPARENT, "free", "UK9", "b128"),
    "DF01 EF19": (TRANSPARENT, "free", "UKA", "b128"),
    "DF01 EF1A": (TRANSPARENT, "free", "UKB", "b128"),
    "DF02 EF05": (
        *(RECORDS, BY_PIN_OR_RK1, "UK1"),
        (
            "42 an03, 41 an03, 43 ×2 6C {5A an07, 5B an01, 5C an46, 5D cn04, 5E an10}, "
            "44 ×2 65 {33 an03, 34 an46, 35 cn04, 36 an10}"
        ),
    ),
    "DF02 EF06": (
        *(RECORDS, BY_PIN_OR_RK1, "UK2"),
        "4C cn04, 4B an05, 4D cn03, 60 cn04, 4F an06, 50 cn03, 3A an07",
    ),
    "DF02 EF07": (CYCLIC, BY_PIN_OR_RK1, "UK3", "×4 55 = an07 cn04 cn04 an46"),
    "DF02 EF09": (RECORDS, BY_PIN_OR_RK1, "UK4", "55 an10, 56 an46, 96 cn04, 97 cn03"),
    "DF02 EF15": (
        *(RECORDS, BY_PIN_OR_RK1, "UK5"),
        "99 ×4 10 {10 an03, 11 cn04, 12 cn03}, 0F cn04, 1F cn03",
    ),
    "DF02 EF16": (CYCLIC, BY_PIN_OR_RK1, "UK6", "×4 12 = an03 cn04 cn04 cn04 cn03"),
    "DF03 EF05": (
        *(RECORDS, "PIN or RK2", "UK1"),
        "61 cn03, 60 cn04, 98 cn04, 62 cn04, 63 an03, 64 an03, 65 an03, 66 an03",
    ),
    "DF03 EF06": (
        *(RECORDS, BY_PIN_OR_RK1, "UK2"),
        (
            "45 an14, 46 an02, 47 an02, 48 an01, 49 an01, 67 cn04, 6B an3C, "
            "4A ×3 61 {13 an02, 14 an01, 15 an14, 16 cn04, 17 an3C}"
        ),
    ),
    "DF03 EF07": (
        *(RECORDS, BY_PIN_OR_RK1, "UK3"),
        "70 an03, 71 cn03, 6E cn04, 6C cn04, 6F cn04, 73 cn04",
    ),
    "DF03 EF15": (RECORDS, BY_PIN_OR_RK1, "UK4", "7A cn03, 7B cn04, 7C cn04"),
    "DF03 EF16": (RECORDS, BY_PIN_OR_RK1, "UK5", "51 cn03, 5F an01"),
    "DF03 EF17": (
        *(RECORDS, BY_PIN_OR_RK1, "UK6"),
        "3B an14, 3C an46, 3D an01, 3E cn04, 3F an3C",
    ),
    "DF03 EF18": (
        *(RECORDS, BY_PIN_OR_RK1, "UK7"),
        "74 an03, 75 cn03, 76 cn01, 77 cn04, 78 cn04",
    ),
    "DF03 EF19": (
        *(FIXED, BY_PIN_OR_RK1, "UK8"),
        "79 ×4 27 {18 an03, 19 cn03, 1A cn04, 1B cn04, 1C cn04, 1D an03, 1E cn04}",
    ),
    "DF04 EF05": (
        *(RECORDS, BY_PIN_OR_RK1, "UK1"),
        (
            "81 an08, 84 cn03, 87 an11, 8C cn01, 80 cn04, 8B an1D, 8A an0F, 83 an09, 86 an09, "
            "89 an09, 7D an09, 7E an09, 7F an09, 8D an09, 8E an09, 8F an01"
        ),
    ),
    "DF04 EF06": (RECORDS, "PIN and RK1", "UK2", "90 an01, 92 cn04, 93 an02"),
    "DF04 EF08": (CYCLIC, "PIN", "never", "×30 1C = b02 an01 cn06 cn07 b04 b04 b04"),
    "DF04 EF15": (CYCLIC, BY_PIN_OR_RK1, "UK2", "×8 03 = b02 an01"),
    "DF05 EF05": (RECORDS, "free", "UK1", "A2 an04, A9 cn01"),
    # The inner tags of C3 to C5 are not public.
    "DF06 EF05": (RECORDS, "RK1", "UK1", "C0 an46, C2 an09, C3 b1A, C4 b1A, C5 b1A"),
    "DF07 EF05": (RECORDS, "RK1", "UK1", "F0 an02, F1 an01, F2 cn04, F3 an03, F4 cn04"),
    "DF07 EF06": (RECORDS, "RK2", "UK2", "F5 an03, F6 cn04, F7 an46"),
    "DF07 EF07": (RECORDS, "RK3", "UK3", "F8 cn04, F9 an01"),
}

Row = tuple[Structure, str, str, str]


def written(field: Field[object]) -> str:
    """Write a field as the reference does."""
    match field:
        case An():
            return f"an{field.size:02X}"
        case Cn() | Date() | HexDigits():
            return f"cn{field.size:02X}"
        case Binary():
            return f"b{field.size:02X}"
        case Group():
            inner = (f"{tag:02X} {written(each)}" for tag, each in field.members.values())
            return f"{field.size:02X} {{{', '.join(inner)}}}"
        case Columns():
            return f"{field.size:02X} = {' '.join(map(written, field.members.values()))}"
    raise AssertionError(f"the reference has no such type as {field!r}")


def written_item(item: Item) -> str:
    """Write an item as the reference does."""
    tag = f"{item.tag:02X}" if item.tag else ""
    count = f"×{item.count}" if item.count > 1 else ""
    return " ".join(part for part in (tag, count, written(item.field)) if part)


def written_access(application: Application, access: Access) -> str:
    """Write an access rule with the keys' names, without that of their application."""
    names = {key.id: key.name.removesuffix(application.name) for key in application.keys}
    return re.sub(r"key (\w\w)", lambda found: names[int(found[1], 16)], str(access))


def row(application: Application, file: ElementaryFile) -> Row:
    """Write a file as a row of the lists above."""
    return (
        file.structure,
        written_access(application, file.read),
        written_access(application, file.write),
        ", ".join(map(written_item, file.items)),
    )


@pytest.mark.parametrize("profile", [GEN2, GEN3], ids=lambda profile: profile.name)
def test_standard_applications_are_the_reference_s_lists(profile: Profile) -> None:
    """Two hundred tags and lengths: one slip shifts or hides somebody's data."""
    assert {
        f"{application.name} {file.fid:04X}": row(application, file)
        for application in profile.applications
        for file in application.files
    } == LISTS


def test_the_environment_is_the_reference_s_list() -> None:
    """The environment's files are read on every card; their list is the most used one."""
    environment = GEN3.environment
    assert {f"{file.fid:04X}": row(environment, file) for file in environment.files} == (
        ENVIRONMENT_LISTS
    )


def test_beijing_has_the_standard_s_files() -> None:
    """Beijing's card has DF01 to DF04, of DF01 only what is in use (§10)."""
    names = ["DF01", "DF02", "DF03", "DF04"]
    found = {
        f"{name} {file.fid:04X}": row(BEIJING.application(name), file)
        for name in names
        for file in BEIJING.application(name).files
    }
    reserved = {f"DF01 EF{number:02X}" for number in range(0x16, 0x1B)}
    assert found == {
        path: listed for path, listed in LISTS.items() if path[:4] in names and path not in reserved
    }


def test_dormant_and_reserved_files() -> None:
    """Software must not offer what is only laid out (预设) or room (预留)."""
    files = {
        f"{application.name} {file.fid:04X}": file
        for application in GEN3.applications
        for file in application.files
    }
    dormant = {path for path, file in files.items() if file.dormant}
    reserved = {path for path, file in files.items() if file.reserved}
    assert dormant == {"DF02 EF05", "DF07 EF05", "DF07 EF06", "DF07 EF07"}
    assert reserved == {f"DF01 EF{number:02X}" for number in range(0x16, 0x1B)}


# Group and cyclic record lengths as the reference states them, apart from their members.
STATED_LENGTHS = {
    "degrees": 0x34,
    "item_43": 0x6C,
    "item_44": 0x65,
    "item_99": 0x10,
    "item_4a": 0x61,
    "item_79": 0x27,
    "ef07_record": 0x55,
    "ef16_record": 0x12,
    "ef08_record": 0x1C,
    "ef15_record": 0x03,
}


def test_members_add_up_to_the_length_the_reference_states() -> None:
    """The reference gives members and sum; where they differ, one of them was copied wrongly."""
    found = {
        place.item.name: place.item.field
        for place in places([GEN3])
        if isinstance(place.item.field, Group | Columns)
    }
    assert {name: field.size for name, field in found.items()} == STATED_LENGTHS
    for field in found.values():
        header = simple_tlv.HEADER_SIZE if isinstance(field, Group) else 0
        fields = [each[1] if isinstance(each, tuple) else each for each in field.members.values()]
        assert field.size == sum(header + each.size for each in fields)


# Keys: §8.1 as it stands.
KEY_IDS = {
    "SSSE": "IRK 00, STK 02, UK 04, BK 05, PUK 06, RK 0A",
    "DF01": "STK 82, UK1 83, UK2 84, UK3 85, UK4 86, UK5 87, RK1 88, UK6 89",
    "DF02": "STK 82, UK1 83, UK2 84, UK3 85, UK4 86, UK5 87, RK1 88, UK6 89",
    "DF03": "STK 82, LK 83, RK1 84, RK2 85, UK1 86, UK2 87, UK3 88, UK4 89, UK5 8A, UK6 8B, "
    "UK7 8C, UK8 8D",
    "DF04": "STK 82, LK 83, RK1 84, UK1 85, UK2 86",
}


@pytest.mark.parametrize("name", KEY_IDS)
def test_key_ids_are_the_reference_s(name: str) -> None:
    """An authentication with the id of another key locks that key after three tries."""
    keys = BEIJING.application(name).keys
    assert ", ".join(f"{key.name.removesuffix(name)} {key.id:02X}" for key in keys) == KEY_IDS[name]


USES = {
    "IRK": KeyUse.INTERNAL,
    "STK": KeyUse.MAINTENANCE,
    "LK": KeyUse.MAINTENANCE,
    "BK": KeyUse.BLOCK,
    "PUK": KeyUse.UNBLOCK,
    "RK": KeyUse.READ,
    "UK": KeyUse.UPDATE,
}


@pytest.mark.parametrize(("profile", "application"), EVERY_APPLICATION)
def test_keys_do_what_their_names_say(profile: Profile, application: Application) -> None:
    """Names and uses are two columns that are typed by hand and must agree."""
    for key in application.keys:
        kind = re.match(r"PUK|IRK|STK|LK|BK|RK|UK", key.name)
        assert kind, key
        assert key.use is USES[kind[0]], key
        lockable = key.use in {KeyUse.READ, KeyUse.UPDATE, KeyUse.UNBLOCK}
        assert (key.tries is not None) == lockable, key


@pytest.mark.parametrize(("profile", "application"), EVERY_APPLICATION)
def test_access_rules_name_keys_of_their_application(
    profile: Profile, application: Application
) -> None:
    """A rule with a key that is not there, or of another use, could never be met."""
    uses = {key.id: key.use for key in application.keys}
    if application is transit.TRANSIT:  # whose files are written under a MAC, by one key
        uses = {each.type: KeyUse.UPDATE for each in transit.KEYS if each.name == transit.DAMK}
    for file in application.files:
        for access, use in ((file.read, KeyUse.READ), (file.write, KeyUse.UPDATE)):
            for proof in frozenset().union(*access.ways):
                assert proof == "PIN" or uses[proof] is use, f"{file.name}: {proof!r}"
        assert "PIN" not in frozenset().union(*file.write.ways)


@EVERY_PROFILE
def test_key_ids_tell_global_from_local(profile: Profile) -> None:
    """Bit 8 of P2 says whether a key is the card's or the current DF's (§8.1)."""
    assert all(key.id < 0x80 for key in profile.environment.keys)
    for application in profile.applications:
        assert all(0x80 < key.id <= 0xFF for key in application.keys)


# What must be unique, and fit --------------------------------------------------------------


def repeated(values: Iterable[object]) -> set[object]:
    """Values that occur twice."""
    return {value for value, count in Counter(values).items() if count > 1}


@EVERY_PROFILE
def test_applications_are_told_apart(profile: Profile) -> None:
    """SELECT knows an application by name or id; the keys and the memory by its short name."""
    every = applications(profile)
    assert not repeated(each.name for each in every)
    assert not repeated(each.fid for each in every)
    assert not repeated(each.aid for each in every if each.aid is not None)
    assert ssse.MASTER_FILE not in {each.fid for each in every}
    assert all(each.aid is None or 5 <= len(each.aid) <= 16 for each in every)


@pytest.mark.parametrize(("profile", "application"), EVERY_APPLICATION)
def test_files_keys_and_items_are_told_apart(profile: Profile, application: Application) -> None:
    """Within an application a file has one id and one short id, a key one id, an item one name."""
    assert not repeated(file.fid for file in application.files)
    assert not repeated(file.sfi for file in application.files)
    assert not repeated(file.name for file in application.files)
    assert not repeated(key.id for key in application.keys)
    assert not repeated(key.name for key in application.keys)
    assert not repeated(item.name for file in application.files for item in file.items)
    for file in application.files:
        assert 1 <= file.sfi <= 30, file.name
        # Records without a tag (0) are told apart by their number.
        assert not repeated(item.tag for item in file.items if item.tag), file.name


@pytest.mark.parametrize("place", EVERY_PLACE, ids=str)
def test_structure_and_items_agree(place: Place) -> None:
    """A record has one length byte, a transparent file one content, a TLV a tag."""
    file, item = place.file, place.item
    if file.structure is Structure.TRANSPARENT:
        assert (file.items, item.tag, item.count) == ((item,), 0, 1)
        assert file.size == item.field.size == file.total_size
    else:
        assert item.size <= 255
        assert file.size == 0
    if file.structure is Structure.RECORDS:
        assert 0 < item.tag <= 0xFF
    if file.structure is Structure.CYCLIC:
        assert item.tag == 0


@pytest.mark.parametrize("place", EVERY_PLACE, ids=str)
def test_items_have_names_or_say_that_there_is_none(place: Place) -> None:
    """An item is called by its tag exactly where the reference has no term for it."""
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", place.item.name)
    called_by_tag = place.item.name == f"item_{place.item.tag:02x}"
    assert called_by_tag == (place.item.zh == "")


# Beijing, and other institutions -----------------------------------------------------------


def test_aids_and_labels_are_the_reference_s() -> None:
    """The AIDs are the only names that terminals of other makers know (§1.1)."""
    assert {each.name: (each.aid or b"").hex().upper() for each in GEN3.applications} == {
        "DF01": "D15600000500",
        "DF02": "D15600000501",
        "DF03": "D15600000502",
        "DF04": "D15600000503",
        "DF05": "",
        "DF06": "",
        "DF07": "D15600000504",
    }
    assert all(f"{each.fid:04X}" == each.name for each in GEN3.applications)
    assert all(each.label for each in (*GEN3.applications, *BEIJING.applications[:-1]))
    assert GEN1.applications == ()


def test_beijing_s_own_applications_are_those_proposed() -> None:
    """What no public source fixes is fixed by the project, once, and says so (§10)."""
    own = {each.name: each for each in BEIJING.applications if each.project_defined}
    assert {
        name: (f"{each.fid:04X}", (each.aid or b"").hex().upper()) for name, each in own.items()
    } == {
        "beijing_tong": ("DF0A", "F0424A5401"),
        "jingyitong": ("DF0B", "F0424A5402"),
        "disability": ("DF0C", "F0424A5403"),
        "certificates": ("DF0D", "F043410001"),
        "park_pass": ("DF0E", "F0504B0001"),
    }
    for application in applications(BEIJING):
        assert all(file.project_defined == (application.name in own) for file in application.files)


def test_beijing_tong_has_the_tags_of_the_issuing_software() -> None:
    """Names and tags are what is public of 北京通 (§9)."""
    tags = {
        f"{file.fid:04X}": [f"{item.tag:02X}" for item in file.items] for file in beijing.TONG.files
    }
    assert tags == {
        "0005": ["01", "02", "03", "05", "06", "07"],
        "0006": ["0A", "0B", "0C", "0D", "0E", "0F"],
        "0007": ["00"],
    }
    assert beijing.JINGYITONG.files == beijing.TONG.files
    assert beijing.TONG.file(0x0007).size == 4096


def test_beijing_s_own_access_rules() -> None:
    """A pass is read at a gate without any proof; a person's data and certificates are not."""
    rules = {
        application.name: {(str(file.read), str(file.write)) for file in application.files}
        for application in BEIJING.applications
        if application.project_defined
    }
    holder_s = {("PIN or key 83", "key 84")}
    assert rules == {
        "beijing_tong": holder_s,
        "jingyitong": holder_s,
        "disability": holder_s,
        "certificates": {("PIN", "key 84")},
        "park_pass": {("free", "key 83")},
    }


def test_certificates_have_room_of_2048_bytes() -> None:
    """The size is the project's own, and an issued card cannot grow."""
    assert {file.fid: file.size for file in beijing.CERTIFICATES.files} == {
        0xEF0C: 2048,
        0xEF0D: 2048,
    }


def test_a_pass_has_the_columns_proposed() -> None:
    """Eight passes of 28 bytes: the columns of §10, and a photo reference and uses of our own."""
    assert [(name, field.size) for name, field in park_pass.PASS.members.items()] == [
        ("pass_type", 1),
        ("year", 2),
        ("valid_from", 4),
        ("valid_to", 4),
        ("state", 1),
        ("photo", 8),
        ("uses", 2),
        ("counter", 2),
        ("mac", 4),
    ]
    assert park_pass.PASSES_FILE.items[0].count == park_pass.MAX_PASSES


def test_foreign_applications_hold_nothing_of_ours() -> None:
    """A bank's keys and PIN are none of our business; no code can use what is not described."""
    foreign = {each.name: each for each in BEIJING.applications if each.foreign}
    assert {name: (each.aid or b"").hex().upper() for name, each in foreign.items()} == {
        "bank": "A000000333010101",
        "transit": "A000000632010105",
    }
    assert foreign["bank"].files == ()
    assert foreign["bank"].keys == ()
    (label,) = tlv.parse(foreign["bank"].fci_proprietary)
    assert (label.tag, label.value) == (0x50, foreign["bank"].label.encode("ascii"))


def test_bank_directory_names() -> None:
    """A bank terminal looks for these two names before anything else (JR/T 0025)."""
    assert (bank.PSE, bank.PPSE) == (b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01")


# Short code lists --------------------------------------------------------------------------


def test_household_classes_are_the_reference_s_groups() -> None:
    """The reference names five groups by ranges; a code outside them stands for nothing."""
    assert HOUSEHOLD_CLASS.codes() == (
        *("10", "11", "12", "20", "21", "22", "30", "31", "32", "33", "34"),
        *("40", "41", "42", "50", "51", "52"),
    )
    groups = {code[0]: HOUSEHOLD_CLASS.lookup(code) for code in HOUSEHOLD_CLASS.codes()}
    assert {digit: entry.en for digit, entry in groups.items() if entry} == {
        "1": "urban",
        "2": "rural",
        "3": "Hong Kong, Macau, Taiwan, overseas",
        "4": "foreigner",
        "5": "resident",
    }


def test_marital_statuses_are_the_reference_s() -> None:
    """The card has one digit where the national standard has two."""
    assert {entry.code: entry.en for entry in MARITAL_STATUS} == {
        "1": "single",
        "2": "married",
        "3": "widowed",
        "4": "divorced",
        "9": "not stated",
    }
