"""Tables that are only added to: the database itself refuses whatever else would change a row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

_WORDS = "this table is only added to"


def refuse_changes(table: str) -> None:
    """Have the database refuse to change, replace or delete rows; SQLite and PostgreSQL."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            _sqlite(table, change)
        # INSERT OR REPLACE takes the old row away without a word to the trigger on DELETE.
        keys = sa.inspect(op.get_bind()).get_pk_constraint(table)["constrained_columns"]
        same = " AND ".join(f"{key} = NEW.{key}" for key in keys)
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  names of our own
        _sqlite(table, "INSERT", f" WHEN {there}")
    else:
        for change in ("UPDATE", "DELETE", "TRUNCATE"):
            _postgresql(table, change)


def _sqlite(table: str, change: str, when: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {_name(table, change)} BEFORE {change} ON {table}{when}"
        f" BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    )


def _postgresql(table: str, change: str) -> None:
    name = _name(table, change)
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{_WORDS}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH STATEMENT"
        f" EXECUTE FUNCTION {name}()"
    )


def _name(table: str, change: str) -> str:
    change = "replace" if change == "INSERT" else change.lower()
    return f"{table}_no_{change}"
