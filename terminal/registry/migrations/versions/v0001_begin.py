"""The registry as it begins.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from terminal.registry.migrations.append_only import refuse_changes
from terminal.registry.tables.base import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVES = (
    "life order - making",
    "life register - held",
    "life made making ready",
    "life spoilt making,ready waste",
    "life post ready posted",
    "life give_employer ready with_employer",
    "life hand_over ready,posted,with_employer held",
    "life return posted,with_employer ready",
    "life recall ready,posted,with_employer recalled",
    "life find held handed_in",
    "life give_back handed_in held",
    "life take_back held,handed_in taken_back",
    "life hand_back taken_back held",
    "life destroy recalled,taken_back,waste destroyed",
    "social issue - off",
    "social register - on",
    "social enable off on",
    "social lose_temp off,on temp_lost",
    "social lapse temp_lost off,on",
    "social lose off,on,temp_lost lost",
    "social lift lost off,on",
    "social replace lost replaced",
    "social end off,on,temp_lost,lost,replaced ended",
    "social cancel off,on,temp_lost,lost,replaced cancelled",
    "financial issue - none,off",
    "financial register - none,on",
    "financial activate off on",
    "financial lose_temp on stopped",
    "financial restore stopped on",
    "financial lose on,stopped lost",
    "financial lift lost on",
    "financial end off,on,stopped,lost ended",
    "financial cancel off,on,stopped,lost cancelled",
    "transit issue - none,off",
    "transit open off on",
    "transit close off,on closed",
    "transit end off,on,closed ended",
    "park issue - none,off",
    "park open off on",
    "park close off,on closed",
    "park end off,on,closed ended",
    "application apply - applied",
    "application verify applied verified",
    "application start verified making",
    "application redo making,made verified",
    "application finish making made",
    "application hand_over made handed_over",
    "application refuse applied,verified refused",
    "application withdraw applied,verified,making,made withdrawn",
    "application recall made recalled",
    "pending decide - waiting",
    "pending settle waiting settled",
    "pending drop waiting dropped",
    "parcel send - sent",
    "parcel deliver sent delivered",
    "parcel return sent returned",
    "parcel lose sent lost",
)
"""terminal/registry/machines.py as it was then: kind, move, from which, to which."""
ADDED_ONLY = ("history", "audit", "destruction")


def upgrade() -> None:  # noqa: PLR0915  a table a statement
    """Make the tables, fill in the allowed moves, let histories only be added to."""
    op.create_table(
        "allowed_move",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "move", "from_state", "to_state", name=op.f("pk_allowed_move")
        ),
    )
    op.create_table(
        "audit",
        sa.Column("chain", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_index("ix_audit_person_id", "audit", ["person_id"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False),
        sa.Column("anchored", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("roles", sa.String(length=80), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("left_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
    )
    op.create_table(
        "person",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("birth", sa.LargeBinary(), nullable=True),
        sa.Column("nationality", sa.String(length=3), server_default="", nullable=False),
        sa.Column("mobile", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("occupation", sa.String(length=8), server_default="", nullable=False),
        sa.Column("data_version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("deceased_on", sa.Date(), nullable=True),
        sa.Column("death_reminded_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("erased_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "thing",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thing")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_thing_id_kind")),
    )
    op.create_table(
        "card",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("generation", sa.String(length=1), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("chip", sa.String(length=32), nullable=True),
        sa.Column("transit_number", sa.String(length=20), nullable=True),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("bank", sa.String(length=16), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("social_id", ID, nullable=False),
        sa.Column("financial_id", ID, nullable=False),
        sa.Column("transit_id", ID, nullable=False),
        sa.Column("park_id", ID, nullable=False),
        sa.Column("pin_set", sa.Boolean(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint("generation IN ('1', '2', '3', 'e')", name=op.f("ck_card_generation")),
        sa.ForeignKeyConstraint(["financial_id"], ["thing.id"], name=op.f("fk_card_financial_id")),
        sa.ForeignKeyConstraint(["id"], ["thing.id"], name=op.f("fk_card_id")),
        sa.ForeignKeyConstraint(["park_id"], ["thing.id"], name=op.f("fk_card_park_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_person_id")),
        sa.ForeignKeyConstraint(["social_id"], ["thing.id"], name=op.f("fk_card_social_id")),
        sa.ForeignKeyConstraint(["transit_id"], ["thing.id"], name=op.f("fk_card_transit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
    )
    op.create_index("ix_card_number", "card", ["number"], unique=False)
    op.create_index(op.f("ix_card_person_id"), "card", ["person_id"], unique=False)
    op.create_index("uq_card_chip", "card", ["chip"], unique=True)
    op.create_table(
        "death_reminder",
        sa.Column("reminder", sa.String(length=64), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_death_reminder_person_id")
        ),
        sa.PrimaryKeyConstraint("reminder", name=op.f("pk_death_reminder")),
    )
    op.create_index(
        op.f("ix_death_reminder_person_id"), "death_reminder", ["person_id"], unique=False
    )
    op.create_table(
        "identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("document", sa.String(length=24), nullable=False),
        sa.Column("blind", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_identity_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    op.create_index(op.f("ix_identity_blind"), "identity", ["blind"], unique=False)
    op.create_index(op.f("ix_identity_person_id"), "identity", ["person_id"], unique=False)
    op.create_index(
        "uq_identity_blind_current",
        "identity",
        ["blind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "sign_in",
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["operator"], ["operator.id"], name=op.f("fk_sign_in_operator")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_operator"), "sign_in", ["operator"], unique=False)
    op.create_table(
        "destruction",
        sa.Column("card_id", ID, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.CheckConstraint("operator <> second", name=op.f("ck_destruction_two_people")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_destruction_card_id")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_destruction")),
    )
    op.create_table(
        "found_card",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("outlet", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_found_card_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_card")),
    )
    op.create_index(op.f("ix_found_card_card_id"), "found_card", ["card_id"], unique=False)
    op.create_table(
        "integrity_report",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("matter", sa.String(length=16), nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), nullable=False),
        sa.Column("passed_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "matter IN ('forged', 'borrowed', 'bought', 'other')",
            name=op.f("ck_integrity_report_matter"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_integrity_report_card_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_integrity_report_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integrity_report")),
    )
    op.create_table(
        "parcel",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("tracking", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_parcel_card_id")),
        sa.ForeignKeyConstraint(["id"], ["thing.id"], name=op.f("fk_parcel_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
    )
    op.create_index(op.f("ix_parcel_card_id"), "parcel", ["card_id"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("outlet", sa.String(length=32), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("second", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("result", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(state = 'begun') = (ended_at IS NULL)", name=op.f("ck_run_ended")),
        sa.CheckConstraint("state IN ('begun', 'done', 'left')", name=op.f("ck_run_state")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_run_card_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_run_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("key", name=op.f("uq_run_key")),
    )
    op.create_index("ix_run_begun", "run", ["begun_at"], unique=False)
    op.create_index(op.f("ix_run_person_id"), "run", ["person_id"], unique=False)
    op.create_index(
        "uq_run_card_begun",
        "run",
        ["card_id"],
        unique=True,
        sqlite_where=sa.text("state = 'begun'"),
        postgresql_where=sa.text("state = 'begun'"),
    )
    op.create_table(
        "batch",
        sa.Column("id", ID, nullable=False),
        sa.Column("employer", sa.String(length=120), nullable=False),
        sa.Column("licence", sa.String(length=32), nullable=False),
        sa.Column("bank", sa.String(length=16), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=True),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("collected_at", Instant(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_batch_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_table(
        "blacklist",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (card_id IS NULL)", name=op.f("ck_blacklist_one")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_blacklist_card_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_blacklist_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_blacklist_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blacklist")),
    )
    op.create_index(op.f("ix_blacklist_card_id"), "blacklist", ["card_id"], unique=False)
    op.create_index(op.f("ix_blacklist_person_id"), "blacklist", ["person_id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("party", sa.String(length=16), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=False),
        sa.Column("what", sa.String(length=24), nullable=False),
        sa.Column("arguments", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("detail_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("detail_en", sa.String(length=300), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('due', 'done', 'refused', 'decided')", name=op.f("ck_duty_state")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_duty_card_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_duty_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("key", name=op.f("uq_duty_key")),
    )
    op.create_index(
        "ix_duty_due",
        "duty",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(op.f("ix_duty_person_id"), "duty", ["person_id"], unique=False)
    op.create_index(op.f("ix_duty_run_id"), "duty", ["run_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=True),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.Column("call_number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feedback_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_feedback_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("run_id", name=op.f("uq_feedback_run_id")),
    )
    op.create_table(
        "history",
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("move", sa.String(length=16), nullable=False),
        sa.Column("from_state", sa.String(length=16), nullable=False),
        sa.Column("to_state", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("back_to", sa.String(length=16), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.CheckConstraint(
            "(number = 1 AND previous IS NULL AND from_state = '-')"
            " OR (number > 1 AND previous IS NOT NULL AND previous = number - 1)",
            name=op.f("ck_history_follows"),
        ),
        sa.CheckConstraint(
            "(until IS NULL) = (back_to IS NULL)", name=op.f("ck_history_comes_back")
        ),
        sa.ForeignKeyConstraint(
            ["kind", "move", "from_state", "to_state"],
            [
                "allowed_move.kind",
                "allowed_move.move",
                "allowed_move.from_state",
                "allowed_move.to_state",
            ],
            name=op.f("fk_history_kind_move_from_state_to_state"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_history_run_id")),
        sa.ForeignKeyConstraint(
            ["thing_id", "kind"], ["thing.id", "thing.kind"], name=op.f("fk_history_thing_id_kind")
        ),
        sa.ForeignKeyConstraint(
            ["thing_id", "previous", "from_state"],
            ["history.thing_id", "history.number", "history.to_state"],
            name=op.f("fk_history_thing_id_previous_from_state"),
        ),
        sa.PrimaryKeyConstraint("thing_id", "number", name=op.f("pk_history")),
        sa.UniqueConstraint(
            "thing_id", "number", "to_state", name=op.f("uq_history_thing_id_number_to_state")
        ),
    )
    op.create_table(
        "pending_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("card_id", ID, nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.CheckConstraint(
            "what IN ('pin_set', 'pin_change', 'pin_reset', 'minor_data')",
            name=op.f("ck_pending_change_what"),
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_pending_change_card_id")),
        sa.ForeignKeyConstraint(["id"], ["thing.id"], name=op.f("fk_pending_change_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_pending_change_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_change")),
    )
    op.create_index(op.f("ix_pending_change_card_id"), "pending_change", ["card_id"], unique=False)
    op.create_table(
        "representation",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("document", sa.String(length=24), nullable=False),
        sa.Column("blind", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("proof", sa.String(length=64), nullable=False),
        sa.Column("services", sa.String(length=400), server_default="", nullable=False),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.CheckConstraint(
            "kind IN ('guardian', 'agent', 'kin')", name=op.f("ck_representation_kind")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_representation_person_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_representation_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representation")),
    )
    op.create_index(
        op.f("ix_representation_person_id"), "representation", ["person_id"], unique=False
    )
    op.create_table(
        "application",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("sort", sa.String(length=12), nullable=False),
        sa.Column("bank", sa.String(length=16), nullable=False),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("old_card_id", ID, nullable=True),
        sa.Column("grounds", sa.String(length=32), server_default="", nullable=False),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("by_post", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("instant", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("online", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("payout", sa.LargeBinary(), nullable=True),
        sa.Column("photo", sa.LargeBinary(), nullable=True),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("applied_at", Instant(), nullable=False),
        sa.Column("run_id", ID, nullable=True),
        sa.CheckConstraint(
            "(sort = 'first') = (old_card_id IS NULL)", name=op.f("ck_application_old_card")
        ),
        sa.CheckConstraint(
            "sort IN ('first', 'replace', 'renew', 'bank', 'data')",
            name=op.f("ck_application_sort"),
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_application_batch_id")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_application_card_id")),
        sa.ForeignKeyConstraint(["id"], ["thing.id"], name=op.f("fk_application_id")),
        sa.ForeignKeyConstraint(
            ["old_card_id"], ["card.id"], name=op.f("fk_application_old_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_application_person_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_application_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_batch_id"), "application", ["batch_id"], unique=False)
    op.create_index(op.f("ix_application_card_id"), "application", ["card_id"], unique=False)
    op.create_index(op.f("ix_application_person_id"), "application", ["person_id"], unique=False)
    op.create_index(
        "uq_application_open",
        "application",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("open"),
        postgresql_where=sa.text("open"),
    )
    op.create_table(
        "seat",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("seat", sa.String(length=8), nullable=False),
        sa.Column("beside", sa.String(length=8), nullable=True),
        sa.Column("card_id", ID, nullable=True),
        sa.Column("application_id", ID, nullable=True),
        sa.CheckConstraint(
            "(seat = 'current' AND beside IS NULL)"
            " OR (seat = 'next' AND beside IS NOT NULL AND beside = 'current')",
            name=op.f("ck_seat_beside"),
        ),
        sa.CheckConstraint(
            "card_id IS NOT NULL OR application_id IS NOT NULL", name=op.f("ck_seat_taken")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_seat_application_id")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_seat_card_id")),
        sa.ForeignKeyConstraint(
            ["person_id", "beside"],
            ["seat.person_id", "seat.seat"],
            name=op.f("fk_seat_person_id_beside"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seat_person_id")),
        sa.PrimaryKeyConstraint("person_id", "seat", name=op.f("pk_seat")),
        sa.UniqueConstraint("card_id", name=op.f("uq_seat_card_id")),
    )

    moves = sa.table(
        "allowed_move",
        *(sa.column(name, sa.String) for name in ("kind", "move", "from_state", "to_state")),
    )
    op.bulk_insert(
        moves,
        [
            {"kind": kind, "move": move, "from_state": source, "to_state": target}
            for kind, move, sources, targets in map(str.split, MOVES)
            for source in sources.split(",")
            for target in targets.split(",")
            if source != target
        ],
    )
    for table in ADDED_ONLY:
        refuse_changes(table)
    refuse_changes("allowed_move")
