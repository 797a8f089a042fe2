"""How text messages leave: through a webhook of the operator's, or not at all."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from http import HTTPStatus
from typing import Final

import orjson
from beanie import PydanticObjectId
from pydantic import SecretStr

from models.unit import SentMail
from schemas.mail import TextMessage
from services.ports import Outgoing
from services.unit import Unit

SHOWN_DIGITS = 2


class NotTakenError(Exception):
    """The gateway did not take the message; nobody knows whether it went out, so it is not sent again."""


class StoringTexter:
    """Keeps text messages for /dev/mail, beside the mails."""

    async def send(self, message: TextMessage, unit: Unit) -> None:
        unit.insert(
            SentMail(
                id=message.message_id,
                to_user_id=PydanticObjectId(message.to_user_id),
                subject=f"Text message to …{message.number[-SHOWN_DIGITS:]}",
                text=message.text,
                at=unit.at,
            )
        )


class WebhookTexter:
    """Posts `{id, to, text}` to the gateway, signed so that it can tell our calls from others'."""

    def __init__(self, outgoing: Outgoing, url: str, secret: SecretStr) -> None:
        self._outgoing = outgoing
        self._url = url
        self._secret = secret

    async def send(self, message: TextMessage, unit: Unit) -> None:
        body = orjson.dumps({"id": message.message_id, "to": message.number, "text": message.text})
        at = str(int(unit.at.timestamp()))
        key = self._secret.get_secret_value().encode()
        signature = hmac.new(key, at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Coursewire-Signature": f"t={at},v1={signature}"}
        reply = await self._outgoing.post(self._url, body, headers)
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise NotTakenError(reply.status)


GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The letters of GSM 03.38 that take one place; with any other in it a message holds 70 letters and not 160."""

PLAINER: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})
LETTERS, OTHER_LETTERS = 160, 70


def shortened(text: str) -> str:
    """The text as one message: plain quotes, no accents that GSM lacks, and no longer than one holds."""
    plain = " ".join(text.translate(PLAINER).split())
    plain = "".join(one if one in GSM else _without_accents(one) for one in plain)
    length = LETTERS if set(plain) <= GSM else OTHER_LETTERS
    return plain if len(plain) <= length else f"{plain[: length - 3]}..."


def _without_accents(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base in GSM else letter
