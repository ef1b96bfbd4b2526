"""Seal every thing by its last row, so that a row taken away is noticed.

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

_MOMENTS = {"at", "until"}


def upgrade() -> None:
    """Add the column, and seal what is there as it stands: from now on it holds."""
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
