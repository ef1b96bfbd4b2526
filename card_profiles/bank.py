"""The bank's application 金融 on the same chip: that it is there, and nothing of its inside.

Reference social-security-card.md §1.1 (JR/T 0025). Its account is the bank's and its PIN is
verified online by the bank; neither is described here.
"""

from __future__ import annotations

from apdu import tlv
from card_profiles.model import Application

PSE = bytes.fromhex("315041592E5359532E4444463031")
"""Name of the bank directory on contacts, 1PAY.SYS.DDF01."""
PPSE = bytes.fromhex("325041592E5359532E4444463031")
"""Name of the bank directory without contact, 2PAY.SYS.DDF01."""

AID = bytes.fromhex("A000000333010101")
"""UnionPay debit."""
FID = 0xDF10
"""Project-defined: the application is selected by its AID."""

LABEL = "PBOC DEBIT"
"""Application label (tag 50); an issuer's own choice, here project-defined."""

BANK = Application(
    "bank",
    "金融",
    FID,
    AID,
    label=LABEL,
    fci_proprietary=tlv.build(0x50, LABEL.encode("ascii")).encode(),
    foreign=True,
)
