"""A city for tests: a counter on a private daemon, its other parties as programs on their lines."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from desk import GUITAI, Desk, Ran, open_desk, valid
from registry import citizen_id
from registry_desk import FILES, STOCK, WORD
from serving_desk import AGENT, ISSUER, JOURNAL, NAME, chip_of, everybody, made_of

from emulator.image import dump
from terminal.registry import cards, persons, seats
from terminal.registry.persons import NewPerson, Person
from terminal.registry.store import open_registry
from terminal.registry.transaction import Transaction
from terminal.registry.vault import Vault, load_key
from terminal.rules.documents import DocumentKind, DocumentNumber, PersonKind
from terminal.rules.states import Financial
from terminal.rules.vocabulary import Generation

YEAR = (datetime.now(UTC) + timedelta(hours=8)).year
"""This year's pass is on sale every day of the year."""
COUNTER, BESIDE = "00 00", "00 01"
SEATS = {"clerk": ("BANK", "li"), "issuer": ("BANK", ISSUER), "agent": ("HOTLINE", AGENT)}


@dataclass
class City:
    """Hold a counter, its seats, and the parties at the end of their lines."""

    desk: Desk
    folder: Path
    parties: dict[str, str]

    def at(self, seat: str, *arguments: str, typed: tuple[str, ...] = ()) -> Ran:
        """Run a command at a seat: each has its configuration, and somebody signed in."""
        self.desk.environment["XDG_RUNTIME_DIR"] = str(self.folder / seat)
        config = str(self.folder / f"{seat}.toml")
        return self.desk.run("--config", config, *arguments, input="".join(f"{x}\n" for x in typed))

    def clerk(self, *arguments: str, typed: tuple[str, ...] = ()) -> Any:
        """Have the clerk do something, and give what it printed, by its schema."""
        ran = self.at("clerk", *arguments, "--json", typed=typed)
        assert ran.status == 0, ran.out + ran.err
        return ran.json

    def serve(self, *arguments: str, typed: tuple[str, ...] = ()) -> dict[str, Any]:
        """Have the clerk do a service, and give the slip's lines."""
        answer = self.clerk("service", "run", *arguments, typed=typed)["answer"]
        return {each["label"]: each["value"] for each in answer["lines"]} | answer

    def ledger(self, party: str) -> Any:
        """Read what a party keeps."""
        return json.loads((self.folder / f"{party}.json").read_text("utf-8"))

    def fault(self, party: str, fault: str) -> None:
        """Make a party so from now on."""
        self.script(party, "set_fault", fault=fault)

    def script(self, party: str, script: str, **arguments: Any) -> None:
        """Have something happen at a party."""
        asked = {"party": party, "script": script, "arguments": arguments}
        with urlopen(Request(self.parties[party], json.dumps(asked).encode())) as answer:
            assert answer.status == 200


@contextmanager
def running(*arguments: str) -> Iterator[Any]:
    """Have a program of the other side run, and give the line that it printed."""
    command = [*GUITAI, *arguments, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield valid(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def open_city(folder: Path) -> Iterator[City]:
    """Open a counter whose registry knows two people and their cards, and sign three in."""
    for name in (*STOCK, JOURNAL):
        shutil.copy(everybody() / name, folder / name)
    stock(folder)
    with ExitStack() as opened:
        parties = opened.enter_context(running("emulate-parties", "--folder", str(folder)))
        park = opened.enter_context(running("emulate-park"))
        made = City(opened.enter_context(open_desk()), folder, parties["parties"])
        for seat, (channel, operator) in SEATS.items():
            configure(folder / f"{seat}.toml", channel, parties["parties"], park["url"])
            assert made.at(seat, "sign-in", operator, typed=(WORD,)).status == 0
        yield made


def configure(path: Path, channel: str, parties: dict[str, str], park: str) -> None:
    """Write a seat's configuration."""
    lines = ["[outlet]", 'id = "A01"', f'channel = "{channel}"', 'bank = "BOB"', "[registry]"]
    lines += [f'{name} = "{each}"' for name, each in FILES.items()]
    lines += ["[journal]", f'file = "{JOURNAL}"', "[park]", f'url = "{park}"']
    lines += ["[readers.roles]", f'counter = "{COUNTER}"', f'old = "{COUNTER}"']
    for name, url in parties.items():
        lines += [f"[parties.{name}]", f'url = "{url}"', 'telephone = "010-00000000"']
    path.write_text("\n".join(lines), "utf-8")


def stock(folder: Path) -> None:
    """Put two people with their cards on record, and lay three cards' images by."""
    images = {
        "old": chip_of(1, 1),
        "new": chip_of(1, 2, pin=None),
        "other": chip_of(2, name="李四"),
    }
    for name, card in images.items():
        (folder / f"{name}.json").write_text(json.dumps(dump(card.card)), "utf-8")
    vault = Vault(load_key(folder / FILES["key_file"]))
    registry = open_registry(folder / FILES["file"], vault, lambda: datetime.now(UTC))
    with registry.writing() as tx:
        enable(tx, add(tx, 1, NAME), images["old"], 1)
        enable(tx, add(tx, 2, "李四"), images["other"], 2)
    registry.close()


def add(tx: Transaction, sequence: int, name: str) -> Person:
    document = DocumentNumber(DocumentKind.CITIZEN_ID, citizen_id(sequence))
    return persons.add(tx, NewPerson(PersonKind.CITIZEN, name, document, mobile="13800000000"))


def enable(tx: Transaction, person: Person, card: Any, sequence: int) -> None:
    facts: dict[str, Any] = {"bank": "BOB", "region": "110000", "financial": Financial.ON}
    made = made_of(card, sequence)
    registered = cards.register(tx, person.id, Generation.THIRD, made, **facts)
    seats.take(tx, person.id, card_id=registered.id)
