"""What a refusal has to be: said in both languages, without a secret, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from registry import Bench
from sqlalchemy import text

from terminal.errors import GuitaiError, InternalFault


def refused(
    on: Bench, error: type[GuitaiError], act: Callable[[], object], *secrets: str
) -> GuitaiError:
    """See that it is refused in words, that no secret is in them, and that nothing changed."""
    before = rows(on)
    with pytest.raises(error) as caught:
        act()
    raised = caught.value
    assert not isinstance(raised, InternalFault)
    for language in ("zh", "en"):
        said = [raised.message(language), raised.cause(language), raised.advice(language)]  # type: ignore[arg-type]  # both are languages
        assert all(said)
        assert "{" not in "".join(said)
        assert not any(secret in "".join(said) for secret in secrets)
    assert rows(on) == before
    return raised


def rows(on: Bench) -> dict[str, int]:
    """Count what would be more if anything had been done."""
    names = ("person", "card", "application", "seat", "history", "run", "duty", "pending_change")
    with on.registry.engine.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in names
        }
