"""Keys that change while a process runs: looked at once a minute, and whenever it is told to (SIGHUP)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

import structlog

from server.keys import Keys, read_keys
from server.settings import Settings
from server.token_keys import BadKeyError, KeyState, states
from services.accounts.tokens import Tokens

LOOK_EVERY_S: Final = 60.0
LEAD_S: Final = 150
"""How long before it writes a new key is shown: longer than any process takes to look twice."""

log = structlog.get_logger(__name__)


class KeyWatch:
    """Puts what the files say into use. `on_voided` is called when a key was taken out before its time."""

    def __init__(self, settings: Settings, keys: Keys, tokens: Tokens, on_voided: Callable[[], None]) -> None:
        self._settings = settings
        self._keys = keys
        self._ring = keys.ring
        self._tokens = tokens
        self._on_voided = on_voided
        self._wake = asyncio.Event()

    def hint(self) -> None:
        """Look now."""
        self._wake.set()

    async def run(self) -> None:
        """Look until cancelled. Keys that cannot be read are reported, and those in use stay in use."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            self._wake.clear()
            try:
                self._use(read_keys(self._settings.again()))
            except (BadKeyError, OSError, ValueError) as error:
                log.warning("keys_unread", error=str(error))

    def _use(self, found: Keys) -> None:
        in_force = found.signing
        known = {key.kid for key in in_force}
        at = time.time()
        standing = {key.signing.kid for key, state in states(self._keys.tokens, at) if state is not KeyState.GONE}
        self._keys = found
        self._tokens.use(in_force)
        self._ring.fields.use(found.fields)
        self._ring.email_index.use(found.index)
        if standing - known:
            log.warning("token_keys_voided", kids=sorted(standing - known))
            self._on_voided()
