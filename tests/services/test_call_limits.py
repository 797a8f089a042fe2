"""What is left of a quota, and how long to wait for more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.call import Route
from server.routes import ROUTES
from services.call_limits import ALLOWANCES, Limit, Quota, Standing, Window

QUOTA = Quota(10, 100)


def later(window: Window, seconds: float) -> Window:
    """The same window after a time in which nothing was counted."""
    if seconds < window.ends_s:
        return Window(window.earlier, max(window.earlier_s - seconds, 0), window.present, window.ends_s - seconds)
    past = seconds - window.ends_s
    return Window(window.present, max(QUOTA.window_s - past, 0), 0, max(QUOTA.window_s - past, 0))


@given(earlier=st.integers(0, 10), present=st.integers(0, 10), ends_s=st.floats(0, 100), cost=st.integers(1, 10))
def test_s28_after_the_wait_it_fits(earlier: int, present: int, ends_s: float, cost: int):
    """Retry-After is enough, whatever was counted when; and where it fits there is nothing to wait for."""
    window = Window(earlier, ends_s, present, ends_s)
    wait = window.wait_s(QUOTA, cost)
    assert (wait == 0.0) == (window.used(QUOTA) + cost <= QUOTA.calls)
    assert later(window, math.ceil(wait)).used(QUOTA) + cost <= QUOTA.calls


def test_a_standing_is_told_as_the_draft_says():
    """Name, quota and window; what is left, and when there is more."""
    standing = Standing.of(Limit.API, QUOTA, Window(0, 0.0, 4, 60.2), cost=1, refused=False)
    assert standing.headers == {"RateLimit-Policy": '"api";q=10;w=100', "RateLimit": '"api";r=6;t=61'}
    full = Standing.of(Limit.API, QUOTA, Window(10, 50.0, 5, 50.0), cost=1, refused=True)
    assert full.headers["RateLimit"] == '"api";r=0;t=1'


@pytest.mark.parametrize("limit", Limit)
def test_every_class_stands_in_the_table(limit: Limit):
    """Nobody may do more without saying who they are; scaled, nothing becomes impossible."""
    allowance = ALLOWANCES[limit]
    assert allowance.user is None or allowance.user.calls >= allowance.address.calls
    assert allowance.address.scaled(0.0001) == Quota(1, allowance.address.window_s)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_no_call_costs_more_than_there_is(route: Route):
    """A heavy call can be made ten times at least."""
    allowance = ALLOWANCES[route.limit]
    assert route.cost * 10 <= (allowance.user or allowance.address).calls or route.cost == 1
