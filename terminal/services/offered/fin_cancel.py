"""The account's cancellation 金融功能注销, by the bank's rules (S-FIN-CANCEL, Rules Art. 19, 20).

See financial_referral.py.
"""

from __future__ import annotations

from terminal.rules.vocabulary import Service
from terminal.services.offered.financial_referral import referral

WORK = referral(Service.FIN_CANCEL)
