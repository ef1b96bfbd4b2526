"""The park system in software: its ledger outlives it, its faults are those worth trying."""

import json
import signal
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from desk import GUITAI, Desk, valid

from card_profiles.development_keys import distinct
from card_profiles.park_pass import PASS, PassState, changed
from emulator.park_system import ParkFault, ParkSystem

PERSON, CARD, OTHER = "000000197001010000", "0A" * 16, "0B" * 16


def ask(system: ParkSystem, call: str, **arguments: Any) -> Any:
    document = json.loads(system.answer(json.dumps({"call": call, **arguments})))
    return document.get("result", document.get("refused"))


def sell(system: ParkSystem, key: str = "sale") -> Any:
    return ask(
        system,
        "sell",
        key=key,
        person=PERSON,
        card=CARD,
        year=2027,
        type=1,
        valid_from="2027-01-01",
        valid_to="2028-01-31",
        photo="",
    )


def test_the_ledger_outlives_the_process(tmp_path: Path) -> None:
    """What was promised is on the disk when the answer goes out; nothing half-written beside it."""
    path = tmp_path / "park.json"
    record = sell(ParkSystem(path))
    again = ParkSystem(path)
    assert sell(again) == record
    ask(again, "confirm", key="sale")
    assert ask(ParkSystem(path), "passes", person=PERSON)[0]["holding"] == "sold"
    assert list(tmp_path.iterdir()) == [path]


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A card image taken for the ledger must not be overwritten."""
    path = tmp_path / "card.json"
    path.write_text('{"format": "guitai.card/1"}', "utf-8")
    with pytest.raises(ValueError, match="no ledger"):
        ParkSystem(path)


def test_a_refusal_changes_nothing(tmp_path: Path) -> None:
    """Not even half of it, in memory or on the disk."""
    path = tmp_path / "park.json"
    system = ParkSystem(path)
    sell(system)
    before = path.read_text("utf-8")
    assert sell(system, "another")["code"] == "exists"
    assert path.read_text("utf-8") == before


def test_seals_are_a_card_s_and_a_key_set_s() -> None:
    """A record of one card is forged on another, and under other keys."""
    system = ParkSystem()
    record = bytes.fromhex(sell(system))
    active = ask(system, "seal", key="a", card=CARD, record=changed(record, {"state": 2}).hex())

    def gate(of: ParkSystem, card: str, record: str, day: str = "2027-06-01") -> str:
        return str(ask(of, "may_enter", card=card, record=record, day=day)["reason"]["en"])

    assert active["code"] == "elsewhere"  # reserved is not sold
    ask(system, "confirm", key="sale")
    active = ask(system, "seal", key="a", card=CARD, record=changed(record, {"state": 2}).hex())
    assert gate(system, CARD, active) == "eligible"
    assert gate(system, OTHER, active) == "the seal is wrong"
    assert gate(ParkSystem(root_of=distinct), CARD, active) == "the seal is wrong"
    assert gate(system, CARD, record.hex()) == "not active"
    assert gate(system, CARD, active, "2028-02-01") == "not valid on this day"
    assert gate(system, CARD, "01AAAA" + "00" * 25) == "the record is none"
    tampered = {**PASS.decode(bytes.fromhex(active)), "valid_to": date(2099, 1, 1)}
    assert gate(system, CARD, PASS.encode(tampered).hex()) == "the seal is wrong"


def test_a_dead_chip_is_revoked() -> None:
    """When the move is finished, and for ever; a pass is not sold to it again."""
    system = ParkSystem()
    sell(system)
    (moving,) = ask(
        system,
        "begin_move",
        key="move",
        person=PERSON,
        old_card=CARD,
        new_card=OTHER,
        years=[2027],
        dead=True,
        instead="",
    )
    ask(system, "arrived", key="move")
    (final,) = ask(system, "finish_move", key="move")
    assert system.state["revoked"] == [CARD]
    assert PASS.decode(bytes.fromhex(moving["record"]))["state"] == PassState.ARRIVING
    assert PASS.decode(bytes.fromhex(final["record"]))["state"] == PassState.SOLD
    refused = ask(
        system,
        "sell",
        key="b",
        person="another",
        card=CARD,
        year=2027,
        type=1,
        valid_from="2027-01-01",
        valid_to="2028-01-31",
        photo="",
    )
    assert refused["code"] == "revoked"


def test_faults() -> None:
    """Down says nothing, slow says it late, contradicting says something else."""
    down = ParkSystem(fault=ParkFault.DOWN)
    with pytest.raises(ConnectionError):
        down.answer("{}")
    slow = ParkSystem(fault=ParkFault.SLOW, slow_seconds=0.01)
    assert ask(slow, "passes", person=PERSON) == []
    lying = ParkSystem(fault=ParkFault.CONTRADICTING)
    assert PASS.decode(bytes.fromhex(sell(lying)))["year"] == "1999"
    with pytest.raises(ValueError, match="no call"):
        ask(ParkSystem(), "steal")


def test_as_a_process(tmp_path: Path) -> None:
    """One line when it answers, its end on SIGTERM; a port that is taken is said."""
    path = tmp_path / "park.json"
    command = [*GUITAI, "emulate-park", "--json", "--file", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = valid(process.stdout.readline())
            port = ready["url"].rsplit(":", 1)[1].strip("/")
            taken = Desk(None).run("emulate-park", "--port", port)
            assert (taken.status, port in taken.err) == (2, True)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_an_unusable_ledger_is_said(tmp_path: Path) -> None:
    """No traceback for a file that is none."""
    (tmp_path / "x.json").write_text("[]", "utf-8")
    ran = Desk(None).run("emulate-park", "--file", str(tmp_path / "x.json"))
    assert (ran.status, "Traceback" in ran.err) == (2, False)
