"""What has a state, and how it came to it: rows that are only added.

A row follows the one before it (``previous``, ``from_state``) by a foreign key, and its move is
one of ``allowed_move``: no state appears from nowhere, no history branches, no move is made up.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from terminal.registry.tables.base import METADATA, Id, Instant

THING = Table(
    "thing",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("seal", LargeBinary),
    UniqueConstraint("id", "kind"),
)
"""Whatever has a history: a card, one of its functions, an application …

``seal`` is that of its last row (seals.py); none only before the first.
"""

ALLOWED_MOVE = Table(
    "allowed_move",
    METADATA,
    Column("kind", String(16), nullable=False),
    Column("move", String(16), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    PrimaryKeyConstraint("kind", "move", "from_state", "to_state"),
)
"""terminal/registry/machines.py, as the database holds it."""

HISTORY = Table(
    "history",
    METADATA,
    Column("thing_id", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("previous", Integer),
    Column("kind", String(16), nullable=False),
    Column("move", String(16), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant),
    Column("back_to", String(16)),
    Column("run_id", Id, ForeignKey("run.id")),
    PrimaryKeyConstraint("thing_id", "number"),
    UniqueConstraint("thing_id", "number", "to_state"),
    ForeignKeyConstraint(["thing_id", "kind"], ["thing.id", "thing.kind"]),
    ForeignKeyConstraint(
        ["kind", "move", "from_state", "to_state"],
        [
            "allowed_move.kind",
            "allowed_move.move",
            "allowed_move.from_state",
            "allowed_move.to_state",
        ],
    ),
    ForeignKeyConstraint(
        ["thing_id", "previous", "from_state"],
        ["history.thing_id", "history.number", "history.to_state"],
    ),
    # IS NOT NULL is said outright: a CHECK that comes to NULL holds.
    CheckConstraint(
        "(number = 1 AND previous IS NULL AND from_state = '-')"
        " OR (number > 1 AND previous IS NOT NULL AND previous = number - 1)",
        name="follows",
    ),
    CheckConstraint("(until IS NULL) = (back_to IS NULL)", name="comes_back"),
)
"""``until`` and ``back_to``: the state ends by itself then, and what it goes back to."""
