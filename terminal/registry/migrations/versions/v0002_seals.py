"""Seal things by their last rows, stamp rows, know a permit's holder whatever its renewal.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

from terminal.registry.seals import SEALED, seal_of
from terminal.registry.tables.base import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STAMPED = (
    "person",
    "identity",
    "death_reminder",
    "representation",
    "blacklist",
    "integrity_report",
    "card",
    "application",
    "seat",
    "batch",
    "parcel",
    "found_card",
    "pending_change",
    "run",
    "duty",
    "operator",
    "sign_in",
    "feedback",
)
"""Tables whose rows are stamped; who upgrades stamps them (migrations/__init__.py)."""
_MOMENTS = {"at", "until"}


def upgrade() -> None:
    """Seal what is there as it stands: from now on it holds."""
    _seal_things()
    _one_holder_of_renewed_permits()
    for table in STAMPED:
        op.add_column(table, sa.Column("stamp", sa.LargeBinary(16), nullable=True))


def _seal_things() -> None:
    op.add_column("thing", sa.Column("seal", sa.LargeBinary(), nullable=True))
    thing = sa.table("thing", sa.column("id"), sa.column("seal", sa.LargeBinary))
    columns = [sa.column(name, Instant if name in _MOMENTS else None) for name in SEALED]
    history = sa.table("history", *columns)
    later = history.alias("later")
    followed = sa.and_(
        later.c.thing_id == history.c.thing_id, later.c.number == history.c.number + 1
    )
    last = sa.select(history).where(~sa.select(later.c.number).where(followed).exists())
    sealing = sa.update(thing).where(thing.c.id == sa.bindparam("sealed_id"))
    connection = op.get_bind()
    for row in connection.execute(last).fetchall():
        # Asked for here, not above: a database without a row is made without a key.
        seal = seal_of(context.config.attributes["vault"], row._asdict())
        connection.execute(sealing, {"sealed_id": row.thing_id, "seal": seal})


def _one_holder_of_renewed_permits() -> None:
    """Index home-return permits anew: two digits of some numbers count renewals.

    A person who is on record twice by them stays so, for people to look at.
    """
    connection = op.get_bind()
    identity = sa.table("identity", *map(sa.column, ("id", "document", "number", "blind")))
    found = sa.select(identity).where(identity.c.document == "home_return_permit")
    changing = sa.update(identity).where(identity.c.id == sa.bindparam("row_id"))
    taken = sa.select(identity.c.id).where(identity.c.blind == sa.bindparam("blind"))
    for row in connection.execute(found).fetchall():
        vault = context.config.attributes["vault"]
        number = vault.open(f"identity.number:{row.id}", row.number)
        blind = vault.blind("identity", f"home_return_permit:{number[:9]}")
        if connection.execute(taken, {"blind": blind}).first() is None:
            connection.execute(changing, {"row_id": row.id, "blind": blind})
