"""What counters did: runs of services, duties towards other parties, operators, the audit."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    text,
)

from terminal.registry.tables.base import METADATA, Id, Instant, stamp

RUN = Table(
    "run",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("service", String(20), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("card_id", Id, ForeignKey("card.id")),
    Column("channel", String(12), nullable=False),
    Column("outlet", String(32), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("second", String(64), nullable=False, server_default=""),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("request", LargeBinary, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Column("ended_at", Instant),
    Column("result", LargeBinary),
    stamp(),
    CheckConstraint("state IN ('begun', 'done', 'left')", name="state"),
    CheckConstraint("(state = 'begun') = (ended_at IS NULL)", name="ended"),
)
"""One service done once: asked again under its key it gives the same answer.

``request`` and ``result`` are sealed. ``left``: given up with a reason, before it changed anything.
"""
Index(
    "uq_run_card_begun",
    RUN.c.card_id,
    unique=True,
    sqlite_where=text("state = 'begun'"),
    postgresql_where=text("state = 'begun'"),
)
Index("ix_run_begun", RUN.c.begun_at)

DUTY = Table(
    "duty",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("key", String(80), nullable=False, unique=True),
    Column("party", String(16), nullable=False),
    Column("call", String(32), nullable=False),
    Column("what", String(24), nullable=False),
    Column("arguments", LargeBinary, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("card_id", Id, ForeignKey("card.id")),
    Column("run_id", Id, ForeignKey("run.id"), index=True),
    Column("at_once", Boolean, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Column("settled_at", Instant),
    Column("detail_zh", String(300), nullable=False, server_default=""),
    Column("detail_en", String(300), nullable=False, server_default=""),
    stamp(),
    CheckConstraint("state IN ('due', 'done', 'refused', 'decided')", name="state"),
)
"""An obligation towards another party: stored with what caused it, delivered at least once.

The key makes the other side do it once. ``refused`` waits for people, ``decided`` is what they
made of it.
"""
Index(
    "ix_duty_due",
    DUTY.c.next_at,
    sqlite_where=text("state = 'due'"),
    postgresql_where=text("state = 'due'"),
)

OPERATOR = Table(
    "operator",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("roles", String(80), nullable=False),
    Column("password", String(200), nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("left_at", Instant),
    stamp(),
)

SIGN_IN = Table(
    "sign_in",
    METADATA,
    Column("token", LargeBinary(32), primary_key=True),
    Column("operator", String(64), ForeignKey("operator.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ended_at", Instant),
    stamp(),
)
"""Who is signed in; ``token`` is the SHA-256 of what the desk holds."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("chain", String(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("operator", String(64), nullable=False),
    Column("second", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("service", String(20), nullable=False),
    Column("person_id", Id),
    Column("card_id", Id),
    Column("reason", String(200), nullable=False),
    Column("facts", String, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("chain", "number"),
)
"""Append-only; ``digest`` chains each row to the one before (terminal/registry/audit.py)."""
Index("ix_audit_person_id", AUDIT.c.person_id)
Index("ix_audit_at", AUDIT.c.at)

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("chain", String(32), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("seal", LargeBinary(32), nullable=False),
    Column("anchored", Integer, nullable=False),
)
"""The end of each chain, sealed with a key that is not in the database.

``anchored`` is the number of the last row that an anchor outside the database stands for.
"""

SETTING = Table(
    "setting",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", String(200), nullable=False),
)
"""What the database knows of itself: which key it was written with, when it was last used."""

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("said", LargeBinary, nullable=False),
    Column("call_number", String(40), nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("run_id", Id, ForeignKey("run.id"), unique=True),
    stamp(),
)
"""Opinions and suggestions (Rules Art. 18)."""
