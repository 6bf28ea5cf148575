"""Wires the portal."""

from flask import Blueprint

from shared.service import Service
from shared.web import make_app


def create(settings, clock, client, demo_token) -> Service:
    app = make_app("portal", settings, None, clock, [])
    return Service("portal", app)
