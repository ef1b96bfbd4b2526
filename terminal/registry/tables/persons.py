"""Persons, the numbers and papers by which they are known, and who acts for them.

What is personal is sealed (terminal/registry/vault.py); a number is found by its blind index.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    text,
)

from terminal.registry.tables.base import METADATA, Id, Instant, stamp

PERSON = Table(
    "person",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", LargeBinary),
    Column("birth", LargeBinary),
    Column("nationality", String(3), nullable=False, server_default=""),
    Column("mobile", LargeBinary),
    Column("address", LargeBinary),
    Column("occupation", String(8), nullable=False, server_default=""),
    Column("data_version", Integer, nullable=False, server_default="1"),
    Column("deceased_on", Date),
    Column("death_reminded_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("erased_at", Instant),
    stamp(),
)
"""``death_reminded_at`` is the system's reminder, from which R-DEAD-10WD counts."""

IDENTITY = Table(
    "identity",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("document", String(24), nullable=False),
    Column("blind", LargeBinary(16), nullable=False, index=True),
    Column("number", LargeBinary),
    Column("valid_until", Date),
    Column("from_at", Instant, nullable=False),
    Column("ended_at", Instant),
    stamp(),
)
"""Documents by which a person is known; one that was changed lawfully is ended, not deleted."""
Index(
    "uq_identity_blind_current",
    IDENTITY.c.blind,
    unique=True,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)

DEATH_REMINDER = Table(
    "death_reminder",
    METADATA,
    Column("reminder", String(64), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("reminded_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False),
    stamp(),
)
"""The city's reminders that were taken (R-DEAD-10WD): one that was corrected is not taken again."""

REPRESENTATION = Table(
    "representation",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("document", String(24), nullable=False),
    Column("blind", LargeBinary(16), nullable=False),
    Column("number", LargeBinary),
    Column("name", LargeBinary),
    Column("proof", String(64), nullable=False),
    Column("services", String(400), nullable=False, server_default=""),
    Column("from_at", Instant, nullable=False),
    Column("until", Instant),
    Column("ended_at", Instant),
    Column("run_id", Id, ForeignKey("run.id")),
    stamp(),
    CheckConstraint("kind IN ('guardian', 'agent', 'kin')", name="kind"),
)
"""Guardians, agents with a written authorisation for ``services``, and kin after a death."""

BLACKLIST = Table(
    "blacklist",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), index=True),
    Column("card_id", Id, ForeignKey("card.id"), index=True),
    Column("reason", String(200), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("run_id", Id, ForeignKey("run.id")),
    stamp(),
    CheckConstraint("(person_id IS NULL) <> (card_id IS NULL)", name="one"),
)

INTEGRITY_REPORT = Table(
    "integrity_report",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("card_id", Id, ForeignKey("card.id")),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("matter", String(16), nullable=False),
    Column("told", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("operator", String(64), nullable=False),
    Column("second", String(64), nullable=False),
    Column("passed_on", Boolean, nullable=False, server_default=text("false")),
    stamp(),
    CheckConstraint("matter IN ('forged', 'borrowed', 'bought', 'other')", name="matter"),
)
"""What the counter told the authority's integrity file 诚信档案; it does not keep that file."""
