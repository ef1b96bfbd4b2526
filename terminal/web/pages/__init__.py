"""The pages, a module a subject; what they share is terminal/web/page.py."""

from fastapi import APIRouter

from terminal.web.pages import events, guests, home, runs, serving, signing

ROUTERS: tuple[APIRouter, ...] = (
    signing.router,
    home.router,
    events.router,
    guests.router,
    serving.router,
    runs.router,
)
