"""The bank PIN 金融账户密码, at the bank's own keypad only (S-FIN-PIN, Rules Art. 12, 20).

See financial_referral.py.
"""

from __future__ import annotations

from terminal.rules.vocabulary import Service
from terminal.services.offered.financial_referral import referral

WORK = referral(Service.FIN_PIN)
