"""The registry's schema, step by step (Alembic); ``upgrade`` brings a database up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from terminal.registry.vault import Vault

VERSIONS = ("0001", "0002")
"""Every version there was, the oldest first; a test compares them with what stands in versions/."""
HEAD = VERSIONS[-1]
STAMPED_SINCE = "0002"
"""From here on rows are stamped: a database of an older version is stamped as it stands."""
_PLACE = Path(__file__).parent


def upgrade(engine: Engine, vault: Vault, version: str = "head") -> None:
    """Bring a database to a version, in one transaction; its vault is the one it was written with.

    What a version changes of a table changes its rows' stamps: they are made anew, as rows stand.
    """
    # Alembic takes longer to import than most services to run, and is wanted once a release.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    from terminal.registry.stamps import stamp_all  # noqa: PLC0415  it imports all the tables

    config = Config()
    config.set_main_option("script_location", str(_PLACE).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes.update(connection=connection, vault=vault)
        before = _version(connection)
        command.upgrade(config, version)
        if _version(connection) != before:
            stamp_all(connection, vault)


def _version(connection: Connection) -> str | None:
    from alembic.migration import MigrationContext  # noqa: PLC0415  as above

    return MigrationContext.configure(connection).get_current_revision()
