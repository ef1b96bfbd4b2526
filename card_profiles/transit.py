"""The public transport application 公共交通 (T-Union 交通联合) on the same chip.

Reference social-security-card.md §1.1, §9.
"""

from __future__ import annotations

from card_profiles.model import Application

AID = bytes.fromhex("A000000632010105")
FID = 0xDF11
"""Project-defined: the application is selected by its AID."""

TRANSIT = Application("transit", "公共交通", FID, AID, foreign=True)
