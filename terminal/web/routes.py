"""All pages of the console; they are gathered beside their package, so that each loads alone."""

from fastapi import APIRouter

from terminal.web.pages import (
    audit,
    cards,
    cards_acts,
    day,
    day_chart,
    day_closing,
    day_custody,
    day_duties,
    day_exports,
    day_journal,
    day_opening,
    desk,
    events,
    guests,
    home,
    hotline,
    reading,
    runs,
    serving,
    signing,
)

ROUTERS: tuple[APIRouter, ...] = (
    signing.router,
    home.router,
    events.router,
    guests.router,
    reading.router,
    serving.router,
    runs.router,
    hotline.router,
    cards_acts.router,
    cards.router,
    desk.router,
    audit.router,
    day.router,
    day_opening.router,
    day_exports.router,
    day_journal.router,
    day_duties.router,
    day_custody.router,
    day_closing.router,
    day_chart.router,
)
