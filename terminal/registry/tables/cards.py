"""Cards with their functions, applications, and the one seat that a person has for a card."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from terminal.registry.tables.base import METADATA, Id, Instant, stamp

CARD = Table(
    "card",
    METADATA,
    Column("id", Id, ForeignKey("thing.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("generation", String(1), nullable=False),
    Column("number", String(16)),
    Column("chip", String(32)),
    Column("transit_number", String(20)),
    Column("region", String(6), nullable=False),
    Column("bank", String(16), nullable=False),
    Column("account", LargeBinary),
    Column("social_id", Id, ForeignKey("thing.id"), nullable=False),
    Column("financial_id", Id, ForeignKey("thing.id"), nullable=False),
    Column("transit_id", Id, ForeignKey("thing.id"), nullable=False),
    Column("park_id", Id, ForeignKey("thing.id"), nullable=False),
    Column("pin_set", Boolean),
    Column("issued_on", Date),
    Column("expires_on", Date),
    stamp(),
    CheckConstraint("generation IN ('1', '2', '3', 'e')", name="generation"),
)
"""A card is a thing, and each function of it is one; ``chip`` is its card id in hex.

``transit_number`` is what the transit purse is known by. Balances and passes stand on the chip,
proved by the journal; the account is the bank's.
"""
Index("uq_card_chip", CARD.c.chip, unique=True)
Index("ix_card_number", CARD.c.number)

APPLICATION = Table(
    "application",
    METADATA,
    Column("id", Id, ForeignKey("thing.id"), primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False, index=True),
    Column("sort", String(12), nullable=False),
    Column("bank", String(16), nullable=False),
    Column("card_id", Id, ForeignKey("card.id"), index=True),
    Column("old_card_id", Id, ForeignKey("card.id")),
    Column("grounds", String(32), nullable=False, server_default=""),
    Column("batch_id", Id, ForeignKey("batch.id"), index=True),
    Column("by_post", Boolean, nullable=False, server_default=text("false")),
    Column("instant", Boolean, nullable=False, server_default=text("false")),
    Column("online", Boolean, nullable=False, server_default=text("false")),
    Column("payout", LargeBinary),
    Column("photo", LargeBinary),
    Column("account", LargeBinary),
    Column("open", Boolean, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("run_id", Id, ForeignKey("run.id")),
    stamp(),
    CheckConstraint("sort IN ('first', 'replace', 'renew', 'bank', 'data')", name="sort"),
    CheckConstraint("(sort = 'first') = (old_card_id IS NULL)", name="old_card"),
)
"""``sort`` says why; ``payout`` is the account that the old card's transit money goes to.

``account`` is the one that the bank opened for the new card.
"""
Index(
    "uq_application_open",
    APPLICATION.c.person_id,
    unique=True,
    sqlite_where=text("open"),
    postgresql_where=text("open"),
)

SEAT = Table(
    "seat",
    METADATA,
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("seat", String(8), nullable=False),
    Column("beside", String(8)),
    Column("card_id", Id, ForeignKey("card.id")),
    Column("application_id", Id, ForeignKey("application.id")),
    stamp(),
    PrimaryKeyConstraint("person_id", "seat"),
    ForeignKeyConstraint(["person_id", "beside"], ["seat.person_id", "seat.seat"]),
    UniqueConstraint("card_id"),
    CheckConstraint(
        "(seat = 'current' AND beside IS NULL)"
        " OR (seat = 'next' AND beside IS NOT NULL AND beside = 'current')",
        name="beside",
    ),
    CheckConstraint("card_id IS NOT NULL OR application_id IS NOT NULL", name="taken"),
)
"""R-ONE: one third-generation card in force or being made.

A person has one ``current`` seat, and beside a current card one ``next``: at renewal the old
enabled card and the new not yet enabled one. Enabling the new one moves it to ``current``. The
key of the table is the rule, also between two counters in the same second.
"""

BATCH = Table(
    "batch",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("employer", String(120), nullable=False),
    Column("licence", String(32), nullable=False),
    Column("bank", String(16), nullable=False),
    Column("contact", LargeBinary),
    Column("applied_at", Instant, nullable=False),
    Column("collected_at", Instant),
    Column("run_id", Id, ForeignKey("run.id")),
    stamp(),
)
"""An employer's group application; ``collected_at`` starts R-GROUP-30."""

PARCEL = Table(
    "parcel",
    METADATA,
    Column("id", Id, ForeignKey("thing.id"), primary_key=True),
    Column("card_id", Id, ForeignKey("card.id"), nullable=False, index=True),
    Column("tracking", String(40), nullable=False),
    stamp(),
)

FOUND_CARD = Table(
    "found_card",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("card_id", Id, ForeignKey("card.id"), nullable=False, index=True),
    Column("outlet", String(32), nullable=False),
    Column("operator", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    stamp(),
)
"""Where a card was handed in that somebody found; the newest row of a card is where it lies."""

DESTRUCTION = Table(
    "destruction",
    METADATA,
    Column("card_id", Id, ForeignKey("card.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("operator", String(64), nullable=False),
    Column("second", String(64), nullable=False),
    Column("reason", String(16), nullable=False),
    CheckConstraint("operator <> second", name="two_people"),
)
"""The record of a destroyed card (R-OLD-DESTROY)."""

PENDING_CHANGE = Table(
    "pending_change",
    METADATA,
    Column("id", Id, ForeignKey("thing.id"), primary_key=True),
    Column("card_id", Id, ForeignKey("card.id"), nullable=False, index=True),
    Column("what", String(16), nullable=False),
    Column("value", LargeBinary),
    Column("at", Instant, nullable=False),
    Column("run_id", Id, ForeignKey("run.id")),
    stamp(),
    CheckConstraint("what IN ('pin_set', 'pin_change', 'pin_reset', 'minor_data')", name="what"),
)
"""What was decided online and is written on the chip at its next contact (R-PENDING).

No PIN stands here: that one is to be set says enough, it is entered at the pad.
"""
