"""Its loss lifted 金融功能解挂, by the bank's rules (S-FIN-UNLOSS, Rules Art. 20).

See financial_referral.py.
"""

from __future__ import annotations

from terminal.rules.vocabulary import Service
from terminal.services.offered.financial_referral import referral

WORK = referral(Service.FIN_UNLOSS)
