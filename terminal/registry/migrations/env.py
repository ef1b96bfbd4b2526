"""What Alembic runs: migrate on the connection it is given, in that one's transaction."""

from __future__ import annotations

from alembic import context

from terminal.registry.tables import METADATA

if __name__ == "env_py":  # as Alembic names it; imported otherwise it does nothing
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        render_as_batch=True,
    )
    context.run_migrations()
