"""The pages, a module a subject; what they share is terminal/web/page.py."""
