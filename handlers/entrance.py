"""What an opened session is answered with, however it was opened."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from handlers.call import Answer, Caller, SetCookie
from schemas.accounts import SessionOut
from schemas.factors import MfaMethodOut, SignInOut
from services.accounts.pending import PendingSignIn
from services.accounts.sessions import OpenSession
from services.accounts.tokens import LIFE
from services.accounts.users import shown
from services.scopes import Scope

DEVICE_LIFE_S = 365 * 24 * 3600


def opened_session(scope: Scope, caller: Caller, opened: OpenSession, status: HTTPStatus | None = None) -> Answer:
    """Browsers get cookies and no refresh token in the body; others get it in the body and no cookie."""
    return Answer(_shown(scope, caller, opened), status, _cookies(scope, caller, opened))


def signed_in(scope: Scope, caller: Caller, result: OpenSession | PendingSignIn) -> Answer:
    """A session, or the token with which a second factor opens one."""
    if isinstance(result, OpenSession):
        shown = _shown(scope, caller, result).model_dump()
        return Answer(SignInOut.model_validate(shown), cookies=_cookies(scope, caller, result))
    methods = [MfaMethodOut(kind=one.kind, factor_id=one.id, name=one.name) for one in result.factors]
    return Answer(SignInOut(mfa_required=True, mfa_token=result.token, methods=methods))


def _shown(scope: Scope, caller: Caller, opened: OpenSession) -> SessionOut:
    return SessionOut(
        user=shown(opened.user, scope.keys),
        access_token=opened.access_token,
        token=opened.access_token,
        expires_in=int(LIFE.total_seconds()),
        refresh_token=None if caller.is_browser else opened.refresh_token,
    )


def session_cookies(opened: OpenSession, at: datetime) -> tuple[SetCookie, ...]:
    """Both tokens and the id of the device, for a browser."""
    rest = int((opened.refresh_expires_at - at).total_seconds())
    life = int(LIFE.total_seconds())
    device = (SetCookie("device", opened.device_id, DEVICE_LIFE_S),) if opened.device_id else ()
    access, refresh = SetCookie("access", opened.access_token, life), SetCookie("refresh", opened.refresh_token, rest)
    return (access, refresh, *device)


def _cookies(scope: Scope, caller: Caller, opened: OpenSession) -> tuple[SetCookie, ...]:
    return session_cookies(opened, scope.at) if caller.is_browser else ()
