"""Figures that are part of a proof: told at the end of the run, whichever process found them."""

from __future__ import annotations

FIGURES: list[str] = []
"""What this process has to tell; tests/conftest.py carries it to the summary."""


def tell(figure: str) -> None:
    """Have a line printed at the end."""
    FIGURES.append(figure)
