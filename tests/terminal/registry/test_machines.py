"""The state machines: whole as data, the same in the database, and held by the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
from registry import bench

from terminal.registry.machines import (
    MACHINES,
    START,
    STATE_TITLES,
    STATES,
    TITLES,
    Kind,
    allowed,
)

FINAL = {
    Kind.LIFE: {"destroyed"},
    Kind.SOCIAL: {"ended", "cancelled"},
    Kind.FINANCIAL: {"none", "ended", "cancelled"},
    Kind.TRANSIT: {"none", "ended"},
    Kind.PARK: {"none", "ended"},
    Kind.APPLICATION: {"handed_over", "refused", "withdrawn", "recalled"},
    Kind.PENDING: {"settled", "dropped"},
    Kind.PARCEL: {"delivered", "returned", "lost"},
}
_ADD_THING = "INSERT INTO thing (kind) VALUES (?)"
_ADD = (
    "INSERT INTO history (thing_id, number, previous, kind, move, from_state, to_state, at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, 0)"
)


def moves_of(kind: Kind) -> set[tuple[str, str, str]]:
    return {(move, source, target) for each, move, source, target in allowed() if each is kind}


def path_to(kind: Kind, state: str) -> list[tuple[str, str, str]]:
    """Find the moves that lead from the start to a state."""
    paths: dict[str, list[tuple[str, str, str]]] = {START: []}
    todo = [START]
    while todo:
        here = todo.pop(0)
        for move, source, target in sorted(moves_of(kind)):
            if source == here and target not in paths:
                paths[target] = [*paths[here], (move, source, target)]
                todo.append(target)
    return paths[state]


@pytest.mark.parametrize("kind", Kind)
def test_every_state_is_reached_and_only_the_last_ones_are_final(kind: Kind) -> None:
    """A state that nothing leads to is a mistake, and so is one that nobody can leave."""
    states = {each.value for each in STATES[kind]}
    moves = moves_of(kind)
    assert {target for _, _, target in moves} == states
    assert {source for _, source, _ in moves} == states - FINAL[kind] | {START}
    for state in states:
        assert path_to(kind, state)


@pytest.mark.parametrize("kind", Kind)
def test_every_state_and_move_has_its_words(kind: Kind) -> None:
    """What docs/states.md draws and a screen shows has a name in both languages."""
    assert STATE_TITLES[kind].keys() == set(STATES[kind])
    texts = [TITLES[kind], *STATE_TITLES[kind].values(), *(each.why for each in MACHINES[kind])]
    assert all(text.zh and text.en for text in texts)
    names = [each.name for each in MACHINES[kind]]
    assert len(set(names)) == len(names)


def test_names_fit_their_columns() -> None:
    """PostgreSQL would refuse what SQLite cuts nothing off."""
    for kind, move, source, target in allowed():
        assert max(map(len, (kind, move, source, target))) <= 16


def test_the_database_has_the_same_moves(tmp_path: Path) -> None:
    """It is the database's list that holds other programs to the rules."""
    path = bench(tmp_path).path
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT kind, move, from_state, to_state FROM allowed_move")
        assert set(rows) == {(kind.value, *rest) for kind, *rest in allowed()}


@pytest.mark.parametrize("kind", Kind)
def test_the_database_refuses_every_other_move(kind: Kind, tmp_path: Path) -> None:
    """Whoever writes past the program is refused by the foreign key; what is a move, is written."""
    path = bench(tmp_path).path
    states = [START, *(each.value for each in STATES[kind])]
    legal = moves_of(kind)
    names = sorted({move for move, _, _ in legal} | {"made_up"})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        tried = 0
        for source in states:
            thing = connection.execute(_ADD_THING, (kind.value,)).lastrowid
            path_here = path_to(kind, source)
            for number, (move, before, after) in enumerate(path_here, 1):
                row = (thing, number, number - 1 or None, kind.value, move, before, after)
                connection.execute(_ADD, row)
            last = len(path_here)
            for move, target in product(names, states):
                row = (thing, last + 1, last or None, kind.value, move, source, target)
                connection.execute("SAVEPOINT trial")
                if (move, source, target) in legal:
                    connection.execute(_ADD, row)
                else:
                    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
                        connection.execute(_ADD, row)
                    tried += 1
                connection.execute("ROLLBACK TO trial")
        connection.execute("ROLLBACK")
    assert tried > len(states) * len(states)
