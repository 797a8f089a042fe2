"""Profiles: one's own, and what others may see of it."""

from __future__ import annotations

from handlers.call import Call, Route
from schemas.profiles import PreferencesIn, ProfileIn, ProfileOut, UsernameIn, UsernameOut
from services.accounts import profiles
from services.accounts.errors import PasswordBreached, ResetRequired, TooManyAttempts
from services.call_limits import Limit
from services.errors import EmailTaken, InvalidCredentials, StepUpRequired, UsernameTaken
from services.permissions import Permission as P
from services.scopes import PersonScope, Scope, UserScope


async def read_profile(call: Call[PersonScope, None]) -> ProfileOut:
    """Read a person's profile: all of it, or what those who share a course see."""
    return await profiles.read_profile(call.scope)


async def update_profile(call: Call[UserScope, ProfileIn]) -> ProfileOut:
    """Change one's own account."""
    return await profiles.update_profile(call.scope, call.house.desk, call.input, call.caller.address)


async def update_preferences(call: Call[UserScope, PreferencesIn]) -> ProfileOut:
    """Change one's own preferences."""
    return await profiles.update_preferences(call.scope, call.input)


async def check_username(call: Call[Scope, UsernameIn]) -> UsernameOut:
    """Say whether a username is free."""
    return await profiles.check_username(call.scope, call.input.username)


ROUTES = (
    Route("GET", "/users/{person_id}/profile", read_profile, ProfileOut, P.USER_READ_PROFILE, about="path.person_id"),
    Route(
        "PUT",
        "/profile/update",
        update_profile,
        ProfileOut,
        P.USER_UPDATE_SELF,
        body=ProfileIn,
        about="caller.user_id",
        example={"weeklyLearningGoal": 300, "timezone": "Africa/Kigali"},
        raises=(
            EmailTaken,
            InvalidCredentials,
            PasswordBreached,
            ResetRequired,
            StepUpRequired,
            TooManyAttempts,
            UsernameTaken,
        ),
    ),
    Route(
        "PUT",
        "/profile/preferences",
        update_preferences,
        ProfileOut,
        P.USER_UPDATE_SELF,
        body=PreferencesIn,
        about="caller.user_id",
        example={"notificationPreference": True, "preferredStudyTime": "evening", "locale": "fr"},
    ),
    Route(
        "POST",
        "/profile/check-username",
        check_username,
        UsernameOut,
        P.USER_UPDATE_SELF,
        limit=Limit.USERNAME,
        body=UsernameIn,
        example={"username": "ada.lovelace"},
        stored=False,
    ),
)
