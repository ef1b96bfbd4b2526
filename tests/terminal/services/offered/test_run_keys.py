"""Keys of services: made to be read out, and what was asked for under one."""

from datetime import date
from pathlib import Path

import pytest
from offered import do, noted
from registry import bench

from terminal.errors import RequestDiffers
from terminal.registry import runs
from terminal.rules.vocabulary import Channel, Service
from terminal.services.offered import run_keys
from terminal.services.offered.run_keys import ALPHABET, fresh_key, request_under

KEY = "key-00001"


def test_a_key_can_be_read_out() -> None:
    """It begins with the day, has no letter that looks like a digit, and is shown whole."""
    made = {fresh_key(date(2026, 3, 2)) for _ in range(200)}
    assert len(made) == 200
    for key in made:
        day, *groups = key.split("-")
        assert (day, [len(each) for each in groups]) == ("20260302", [4, 4, 4])
        assert set("".join(groups)) <= set(ALPHABET)
    assert not set("01OIL") & set(ALPHABET)


def test_what_was_asked_for(tmp_path: Path) -> None:
    """The request comes back as it was, for its service alone; the look is on record."""
    on = bench(tmp_path)
    desk = on.desk(Channel.DISTRICT)
    person = on.person()
    on.card(person)
    assert request_under(desk, KEY) is None
    assert run_keys.state_of(desk, KEY) is None
    do(on, Service.LOSS_TEMP, person, desk, key=KEY)
    found = request_under(desk, KEY, Service.LOSS_TEMP)
    assert found is not None
    assert found.service is Service.LOSS_TEMP
    assert run_keys.state_of(desk, KEY) == runs.DONE
    with pytest.raises(RequestDiffers):
        request_under(desk, KEY, Service.STATUS)
    (entry,) = noted(on, action="look")
    assert (entry.note.service, entry.note.person_id) == ("S-LOSS-TEMP", person.id)
