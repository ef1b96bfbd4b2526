"""The SAM's profile: layouts against bytes from outside, and which key is which."""

import pytest

from apdu.cipher import Algorithm
from apdu.layout import LayoutError
from apdu.sam_commands import KeyType
from card_profiles import sam
from card_profiles.model import ElementaryFile, Vector
from card_profiles.profiles import PROFILES

APPLICATIONS = (sam.MASTER_FILE, sam.PSAM, sam.PURSE)
FILES = [
    pytest.param(file, id=f"{each.name}/{file.fid:04X}")
    for each in APPLICATIONS
    for file in each.files
]
VECTORS = [
    pytest.param(file, example, id=f"{application.name}/{file.fid:04X}#{number}")
    for application in APPLICATIONS
    for file in application.files
    for number, example in enumerate(file.items[0].vectors)
]


@pytest.mark.parametrize(("file", "example"), VECTORS)
def test_vectors(file: ElementaryFile, example: Vector) -> None:
    """Terminal and emulator share the layout, so bytes have to come from elsewhere."""
    field = file.items[0].field
    assert field.decode(example.raw) == example.value
    assert field.encode(example.value) == example.raw


@pytest.mark.parametrize("file", FILES)
def test_every_file_has_a_vector(file: ElementaryFile) -> None:
    """A layout that nothing stands beside agrees with itself alone."""
    assert file.items[0].vectors
    assert file.size == file.items[0].field.size
    with pytest.raises(LayoutError):
        file.items[0].field.decode(bytes(file.size + 1))


def test_names() -> None:
    """The published names, and one of our own for SM4 that says so (§1.1)."""
    named = {algorithm: each.aid for algorithm, each in sam.ENVIRONMENTS.items()}
    assert named[Algorithm.TDES] == bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
    assert named[Algorithm.SSF33] == bytes.fromhex("7378322E73682EC9E7BBE1B1A3D5CF")
    assert named[Algorithm.SM4] == bytes.fromhex("7378332E73682EC9E7BBE1B1A3D5CF")
    assert [each.project_defined for each in sam.ENVIRONMENTS.values()] == [False, False, True]
    assert sam.PSAM.aid == bytes.fromhex("D15600000590")
    assert {sam.PURSE.fid, 0x1003, 0xDF03} <= sam.PURSE_IDS
    assert sam.PSAM.fid not in sam.PURSE_IDS


def test_every_key_has_a_name_of_its_own() -> None:
    """Two keys of one id would be one key, and a card of the other would refuse every proof."""
    every = {
        (application.name, key.name)
        for profile in PROFILES.values()
        for application in (profile.environment, *profile.applications)
        for key in application.keys
    }
    assert set(sam.KEYS) == every
    assert len({(each.type, each.id) for each in sam.KEYS.values()}) == len(every)
    assert all(0 < each.id < 0x100 for each in sam.KEYS.values())


@pytest.mark.parametrize(
    ("application", "key", "key_id", "project_defined"),
    [
        # Usage 48, id 12 and then EXTERNAL AUTHENTICATE with 04, in several field programs.
        ("SSSE", "UKSSSE", 0x12, False),
        ("SSSE", "PUK", 0x10, False),
        ("SSSE", "RKSSSE", 0x0A, False),
        ("DF01", "RK1DF01", 0x2E, False),
        ("DF07", "RK3DF07", 0xB1, False),
        ("SSSE", "IRK", 0x50, True),
        ("SSSE", "STKSSSE", 0x52, True),
        ("SSSE", "BK", 0x55, True),
        ("DF03", "UK8DF03", 0x8D, True),
        ("park_pass", "UK1DF0E", 0xE3, True),
    ],
)
def test_ids(application: str, key: str, key_id: int, project_defined: bool) -> None:
    """An id that changes makes every SAM in the field useless; those of our own are marked."""
    assert sam.KEYS[application, key] == sam.SamKeyId(
        KeyType.MAC_AND_ENCRYPT, key_id, project_defined
    )
