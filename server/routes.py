"""The ROUTES table of the whole house, checked before anything is served."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from handlers import (
    accounts,
    announcements,
    api_keys,
    assignments,
    audit,
    browsers,
    consistency,
    courses,
    deliveries,
    devmail,
    documents,
    enrollments,
    events,
    factors,
    health,
    invite_codes,
    jobs,
    join_codes,
    messages,
    notifications,
    operations,
    password_changes,
    presence,
    profiles,
    providers,
    roster,
    sessions,
    users,
    webhooks,
)
from handlers.call import Gate, Route
from handlers.endpoint import Doors, Endpoint
from handlers.streaming import StreamEndpoint
from services.access import DOORS
from services.permissions import Permission

ROUTES: Final = (
    *accounts.ROUTES,
    *users.ROUTES,
    *assignments.ROUTES,
    *invite_codes.ROUTES,
    *sessions.ROUTES,
    *providers.ROUTES,
    *profiles.ROUTES,
    *password_changes.ROUTES,
    *factors.ROUTES,
    *api_keys.ROUTES,
    *courses.ROUTES,
    *enrollments.ROUTES,
    *roster.ROUTES,
    *join_codes.ROUTES,
    *announcements.ROUTES,
    *messages.ROUTES,
    *notifications.ROUTES,
    *deliveries.ROUTES,
    *browsers.ROUTES,
    *webhooks.ROUTES,
    *presence.ROUTES,
    *operations.ROUTES,
    *jobs.ROUTES,
    *audit.ROUTES,
    *consistency.ROUTES,
    *events.ROUTES,
    *health.ROUTES,
    *documents.ROUTES,
)

DEVELOPMENT_ROUTES: Final = devmail.ROUTES
"""Served in development only."""

_ID = re.compile(r"\{(\w+)")


class BadRouteError(Exception):
    """A row of ROUTES that could let someone in by mistake."""


def check_routes(routes: Iterable[Route]) -> None:
    """Refuse rows without a declared permission or with an unknown object, and two rows for one address."""
    seen: set[tuple[str, str]] = set()
    for route in routes:
        where = f"{route.method} {route.path}"
        if not isinstance(route.requires, Permission | Gate):
            message = f"{where} declares no permission"
            raise BadRouteError(message)
        if route.about is not None and route.about_name not in DOORS:
            message = f"{where} is about {route.about}, which no door leads to"
            raise BadRouteError(message)
        entered = route.about_source == "path" and isinstance(route.requires, Permission)
        checked = {route.about_name} if entered else set()
        if any(set(_ID.findall(path)) != checked for path in route.paths):
            message = f"{where} takes an id that nobody checks, or lacks the one that it is about"
            raise BadRouteError(message)
        for path in route.paths:
            if (route.method, path) in seen:
                message = f"{where} stands twice"
                raise BadRouteError(message)
            seen.add((route.method, path))


def add_routes(app: web.Application, routes: Iterable[Route], doors: Doors) -> None:
    """Serve every row under every one of its addresses."""
    for route in routes:
        endpoint = StreamEndpoint(route, doors) if route.streams else Endpoint(route, doors)
        serve = endpoint.__call__  # a coroutine function, which an object is not for aiohttp
        for path in route.paths:
            if route.method == "GET":
                app.router.add_get(path, serve, allow_head=True)
            else:
                app.router.add_route(route.method, path, serve)
