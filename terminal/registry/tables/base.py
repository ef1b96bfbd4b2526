"""What every table shares: the metadata, names of constraints, and how a moment is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Dialect, Integer, LargeBinary, MetaData
from sqlalchemy.types import TypeDecorator

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints have names everywhere, so that a migration can change them by name."""

Id = BigInteger().with_variant(Integer, "sqlite")
"""A row's number: SQLite counts rows up by itself only where the type is INTEGER."""

STAMP = "stamp"
"""The column that holds a row's stamp (stamps.py)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp() -> Column[bytes]:
    """Give a table the column for its rows' stamps; a row is without one only while it is made."""
    return Column(STAMP, LargeBinary(16))


def microseconds(moment: datetime) -> int:
    """Give a moment as microseconds since 1970; raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return (moment - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """Keep an aware moment as microseconds since 1970: alike, and in order, in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Give the moment as a number; raises ValueError for one without a time zone."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the number as a moment, in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)
