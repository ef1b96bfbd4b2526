"""What services ask for: the list is whole, and nothing personal passes for harmless."""

import re
from pathlib import Path

import pytest

from terminal.rules.vocabulary import Service
from terminal.services.offered import wishes
from terminal.services.offered.wishes import OF_SERVICE, WISHES, wanted_by

FOLDER = Path(wishes.__file__).parent
_ASKED = re.compile(r'\b(?:wish\(|said\.get\(|yes\(request, )\s*"([a-z_]+)"')
_CONSTANT = re.compile(r'^([A-Z_, ]+) = ((?:"[a-z_]+"(?:, )?)+)$', re.MULTILINE)
_BY_CONSTANT = re.compile(r"\bwish\(([A-Z_]+)\)")
_OF_A_ROW = frozenset({"document", "number"})
"""Items of an employer's list, which are no wishes."""


def asked_for() -> set[str]:
    """Find every name by which a module asks for a wish."""
    found = set()
    for path in FOLDER.glob("*.py"):
        text = path.read_text("utf-8")
        found |= set(_ASKED.findall(text))
        constants = {
            name.strip(): value.strip('" ')
            for names, values in _CONSTANT.findall(text)
            for name, value in zip(names.split(","), values.split(","), strict=False)
        }
        found |= {constants[name] for name in _BY_CONSTANT.findall(text)}
    return found


def test_every_wish_is_known() -> None:
    """What a module asks for and the list lacks could be given at no counter."""
    assert asked_for() - _OF_A_ROW == set(WISHES)


def test_every_known_one_is_some_services() -> None:
    """A wish that belongs to no service is a promise to nobody."""
    listed = {name for names in OF_SERVICE.values() for name in names}
    assert listed == set(WISHES)
    assert wanted_by(Service.STATUS) == ()


@pytest.mark.parametrize(
    "name", ["mobile", "address", "payout", "payout_name", "rows", "said", "signature"]
)
def test_what_is_personal(name: str) -> None:
    """Numbers, names and addresses stand in no process list."""
    assert WISHES[name].private
