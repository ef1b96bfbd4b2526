"""The registry's schema, step by step (Alembic); ``upgrade`` brings a database up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from terminal.registry.vault import Vault

VERSIONS = ("0001", "0002")
"""Every version there was, the oldest first; a test compares them with what stands in versions/."""
HEAD = VERSIONS[-1]
_PLACE = Path(__file__).parent


def upgrade(engine: Engine, vault: Vault, version: str = "head") -> None:
    """Bring a database to a version, in one transaction; its vault is the one it was written with.

    Some versions seal what is there.
    """
    # Alembic takes longer to import than most services to run, and is wanted once a release.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_PLACE).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes.update(connection=connection, vault=vault)
        command.upgrade(config, version)
