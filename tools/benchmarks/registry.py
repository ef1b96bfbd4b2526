"""``registry``: what a service costs beside its own statements, and a look-up among a million.

The services (a temporary loss, an enabling) run on one database, while their statements, recorded
before on a copy, run on another copy through SQLAlchemy Core, as they are and in the same
transactions: so the rest is what deciding, sealing, auditing and recording take. The other parties
answer at once, for their time is not ours. Both wait for the same disk.

A look-up finds a person by the number of a document, as every service begins: blind index, two
queries, four columns opened. Persons who are never looked up are filled in with random bytes as
long as theirs.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, event, update

from benchmarks.journal_cost import on_a_disk
from benchmarks.measure import Entry, Gate, Pairs, Ratio, in_turn
from benchmarks.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests/support"))

# found by the line above
from registry import Bench, ask, bench, citizen_id  # noqa: E402

from terminal.registry import cards, persons, seats  # noqa: E402
from terminal.registry.cards import Made  # noqa: E402
from terminal.registry.machines import Kind  # noqa: E402
from terminal.registry.persons import Person  # noqa: E402
from terminal.registry.store import open_registry  # noqa: E402
from terminal.registry.tables.persons import IDENTITY, PERSON  # noqa: E402
from terminal.rules.documents import DocumentKind, DocumentNumber  # noqa: E402
from terminal.rules.states import Life  # noqa: E402
from terminal.rules.vocabulary import Channel, Service  # noqa: E402
from terminal.services.offered.desk import Desk  # noqa: E402
from terminal.services.offered.running import carry_out  # noqa: E402
from terminal.services.offered.works import work_of  # noqa: E402

ROUNDS = 21
TIMES = 5
"""Services of each kind a round."""
MEASURED = (Service.LOSS_TEMP, Service.ENABLE)
FEW, MANY = 10_000, 1_000_000
LOOKED_UP = 1_000
"""Persons who can be looked up, in either registry."""
LOOKS = 5
"""Rounds of look-ups of all of them."""


# --- Services beside their statements --------------------------------------------------------


class Confirming:
    """Stand for a party that does at once what it is asked, and costs nothing."""

    def __getattr__(self, _call: str) -> Callable[..., None]:
        """Give a call that answers nothing."""
        return lambda *_, **__: None


@dataclass
class Statements:
    """Record what a database is asked: transactions, each with its statements and their values."""

    transactions: list[tuple[bool, list[tuple[Any, Any]]]] = field(default_factory=list)

    def listen(self, engine: Engine) -> None:
        """Record all that an engine is asked from now on."""

        @event.listens_for(engine, "begin")
        def begun(connection: Connection) -> None:
            write = connection.get_execution_options().get("guitai_write", True)
            self.transactions.append((write, []))

        @event.listens_for(engine, "before_execute")
        def executed(_connection: Connection, clause: Any, many: Any, one: Any, _o: Any) -> None:
            self.transactions[-1][1].append((clause, many or one))

    def replay(self, engine: Engine) -> None:
        """Run what was recorded, as Core runs it."""
        for write, statements in self.transactions:
            with (
                engine.connect().execution_options(guitai_write=write) as connection,
                connection.begin(),
            ):
                for clause, values in statements:
                    result = connection.execute(clause, values)
                    if result.returns_rows:
                        result.fetchall()

    @property
    def count(self) -> int:
        """Say how many statements there are, beginnings and ends left aside."""
        return sum(len(statements) for _, statements in self.transactions)


@dataclass(frozen=True)
class Counter:
    """Hold a counter on a copy of the database, and what is left to be done there."""

    bench: Bench
    desk: Desk
    people: tuple[Person, ...]

    def serve(self, service: Service, number: int) -> None:
        """Carry a service out for a person, each under a key of its own."""
        key = f"{service.value.lower()}-{number:06}"
        carry_out(work_of(service), self.desk, ask(service, self.people[number]), key)


def counter(folder: Path, people: int) -> Counter:
    """Make a counter with people whose cards wait to be enabled."""
    folder.mkdir()
    made = bench(folder)
    found = []
    with made.registry.writing() as tx:
        for number in range(people):
            document = DocumentNumber(DocumentKind.CITIZEN_ID, numbered(number))
            new = persons.NewPerson(
                persons.PersonKind.CITIZEN, "王建国", document, mobile="13800000000"
            )
            person = persons.add(tx, new)
            card = cards.order(tx, person.id, "BOB", region="110000", run_id=None)
            known = Made(
                f"A{number:08}", f"110000D156000005{number:016X}", account=f"62{number:017}"
            )
            card = cards.made_as(tx, card, known)
            card = cards.move(tx, card, Kind.LIFE, "made", Life.READY)
            cards.move(tx, card, Kind.LIFE, "hand_over", Life.HELD)
            seats.take(tx, person.id, card_id=card.id)
            found.append(person)
    return Counter(made, _desk(made), tuple(found))


def copied(original: Counter, folder: Path) -> Counter:
    """Make a counter on a copy of another's database."""
    shutil.copytree(original.bench.path.parent, folder)
    others = original.bench.others
    path = folder / original.bench.path.name
    registry = open_registry(path, original.bench.registry.vault, lambda: others.now)
    made = Bench(registry, others, path)
    return Counter(made, _desk(made), original.people)


def _desk(made: Bench) -> Desk:
    party: Any = Confirming()
    ports = replace(made.others.ports, bank=party, card_management=party, messages=party)
    return replace(made.desk(Channel.DISTRICT), parties=ports)


def numbered(number: int) -> str:
    """Make up a citizen number: a thousand a day of birth."""
    born = date.fromordinal(date(1950, 1, 1).toordinal() + number // 999)
    return citizen_id(number % 999 + 1, f"{born:%Y%m%d}")


def services(rounds: int, folder: Path) -> Iterator[Entry]:
    """Measure each service beside its statements."""
    in_cpu = rounds // 3 + 1
    per_service = TIMES * (rounds + 1 + in_cpu + 1)
    for service in MEASURED:
        place = folder / service.value
        place.mkdir()
        ours = counter(place / "ours", per_service)
        # What is in the log is in no copy.
        ours.bench.registry.close()
        heard = copied(ours, place / "heard")
        theirs = copied(ours, place / "core")
        statements = Statements()
        statements.listen(heard.bench.registry.engine)
        recorded = []
        for number in range(per_service):
            heard.serve(service, number)
            recorded.append(Statements(statements.transactions))
            statements.transactions = []
        mine, replayed = iter(range(per_service)), iter(recorded)
        serve = _serving(service, ours, mine)
        replay = _replaying(theirs.bench.registry.engine, replayed)
        pairs = in_turn(replay, serve, rounds)
        busy = in_turn(replay, serve, in_cpu, time.process_time)
        name = f"registry.{service.value.lower()[2:]}"
        yield Entry(
            name,
            "services a second ÷ their own statements through SQLAlchemy Core a second",
            pairs.ratio,
            Gate(">=", 0.5),
            _each(pairs)
            | {"statements": recorded[-1].count, "transactions": len(recorded[-1].transactions)},
        )
        yield Entry(
            f"{name}.cpu",
            "the same in processor time: what is left of it where a sync costs nothing",
            busy.ratio,
            None,
            _each(busy),
        )
        for each in (ours, heard, theirs):
            each.bench.registry.close()


def _serving(service: Service, ours: Counter, numbers: Iterator[int]) -> Callable[[], None]:
    def serve() -> None:
        for _ in range(TIMES):
            ours.serve(service, next(numbers))

    return serve


def _replaying(engine: Engine, recorded: Iterator[Statements]) -> Callable[[], None]:
    def replay() -> None:
        for _ in range(TIMES):
            next(recorded).replay(engine)

    return replay


def _each(pairs: Pairs) -> dict[str, Any]:
    core, ours = pairs.each(TIMES)
    return {"ours_us": ours, "core_us": core}


# --- Looking up ------------------------------------------------------------------------------


_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
_PERSONS = (
    f"{_NUMBERS} INSERT INTO person (id, kind, name, birth, mobile, created_at)"
    " SELECT i, 'citizen', randomblob(38), randomblob(39), randomblob(40), 0 FROM n"
)
_IDENTITIES = (
    f"{_NUMBERS} INSERT INTO identity (id, person_id, document, blind, number, from_at)"
    " SELECT i, i, 'citizen_id', randomblob(16), randomblob(47), 0 FROM n"
)
_SEAL_PERSON = update(PERSON).where(PERSON.c.id == bindparam("row"))
_SEAL_IDENTITY = update(IDENTITY).where(IDENTITY.c.id == bindparam("row"))
_TEXTS = {"name": "王建国", "birth": "1990-03-07", "mobile": "13800000000"}


def known(people: int) -> range:
    """Give the numbers of those who can be looked up."""
    every = people // LOOKED_UP
    return range(every, people + 1, every)


def fill(made: Bench, people: int) -> float:
    """Fill a registry up to so many persons, a few of whom can be looked up; give the seconds."""
    began = time.perf_counter()
    seal = made.registry.vault.seal
    with contextlib.closing(sqlite3.connect(made.path)) as into:
        into.execute("PRAGMA synchronous = OFF")
        indexes = into.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOTNULL"
            " AND tbl_name = 'identity'"
        ).fetchall()
        for name, _ in indexes:
            into.execute(f"DROP INDEX {name}")
        into.execute(_PERSONS, (people,))
        into.execute(_IDENTITIES, (people,))
        for _, sql in indexes:
            into.execute(sql)
        into.commit()
    with made.registry.writing() as tx:  # which stamps what it writes; nobody reads the others
        for number in known(people):
            document = DocumentNumber(DocumentKind.CITIZEN_ID, numbered(number))
            sealed = {name: seal(f"person.{name}:{number}", text) for name, text in _TEXTS.items()}
            tx.run(_SEAL_PERSON, row=number, **sealed)
            sealed_number = seal(f"identity.number:{number}", document.number)
            blind = persons.blind_of(tx, document)
            tx.run(_SEAL_IDENTITY, row=number, blind=blind, number=sealed_number)
    with contextlib.closing(sqlite3.connect(made.path)) as into:
        into.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return time.perf_counter() - began


def p99(made: Bench, people: int) -> float:
    """Look up everybody who can be, and give the time that one in a hundred exceeds, in µs."""
    taken = []
    for number in known(people):
        document = DocumentNumber(DocumentKind.CITIZEN_ID, numbered(number))
        began = time.perf_counter()
        with made.registry.reading() as tx:
            found = persons.find(tx, document)
        taken.append((time.perf_counter() - began) * 1e6)
        assert found is not None
        assert found.id == number
    return statistics.quantiles(taken, n=100)[98]


def look_ups(rounds: int, folder: Path) -> Iterator[Entry]:
    """Look persons up among few and among many, in turn."""
    made, took = {}, {}
    for people in (FEW, MANY):
        place = folder / str(people)
        place.mkdir()
        made[people] = bench(place)
        took[people] = fill(made[people], people)
        p99(made[people], people)
    found = [(p99(made[MANY], MANY), p99(made[FEW], FEW)) for _ in range(rounds)]
    many, few = (statistics.median(column) for column in zip(*found, strict=True))
    for each in made.values():
        each.registry.close()
    yield Entry(
        "registry.look_up",
        f"p99 of a look-up by number among {MANY:,} persons ÷ among {FEW:,}",
        Ratio.of(one / other for one, other in found),
        Gate("<=", 2.0),
        {
            "p99_us": round(many, 1),
            "p99_few_us": round(few, 1),
            "megabytes": round(made[MANY].path.stat().st_size / 1e6),
            "seconds_to_fill": round(took[MANY], 1),
        },
    )


def run(rounds: int | None, _stage: Stage) -> list[Entry]:
    """Measure services, then look-ups."""
    with on_a_disk() as (folder, where):
        found = [
            *services(rounds or ROUNDS, folder),
            *look_ups(max((rounds or LOOKS) // 4, LOOKS), folder),
        ]
    return [replace(each, absolute=dict(each.absolute) | {"measured_on": where}) for each in found]
