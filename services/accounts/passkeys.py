"""Passkeys (WebAuthn level 2, by py_webauthn): what they are asked, and whether they answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from pydantic import JsonValue
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from models.accounts import User
from models.factors import Factor
from schemas.factors import PublicKey
from services.accounts.errors import CodeInvalid

NAME = "Coursewire"
TIMEOUT_MS = 300_000
LOOPBACK = {"127.0.0.1", "[::1]", "localhost"}

_MALFORMED = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
)
"""All that the library is known to raise for what a client made up."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where our passkeys count: the domain that they are bound to, and the only origin that may ask for them."""

    domain: str
    origin: str

    @classmethod
    def of(cls, address: str) -> Site:
        """The site at an address. A number is no domain, so the own machine is always called localhost."""
        parts = urlsplit(address)
        host, colon, port = parts.netloc.rpartition(":")
        if not port.isdecimal():
            host, colon, port = parts.netloc, "", ""
        domain = "localhost" if host in LOOPBACK else host
        return cls(domain, f"{parts.scheme}://{domain}{colon}{port}")


def creation_options(site: Site, user: User, address: str, challenge: bytes, held: Iterable[Factor]) -> PublicKey:
    """What a new passkey is asked; one that the account has already is left out."""
    options = generate_registration_options(
        rp_id=site.domain,
        rp_name=NAME,
        user_id=user.id.binary,
        user_name=address,
        user_display_name=f"{user.first_name} {user.last_name}",
        challenge=challenge,
        timeout=TIMEOUT_MS,
        exclude_credentials=_descriptors(held),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _plain(options_to_json(options))


def request_options(site: Site, challenge: bytes, held: Iterable[Factor]) -> PublicKey:
    """What passkeys are asked to sign; without any of `held`, whichever the person chooses."""
    options = generate_authentication_options(
        rp_id=site.domain,
        challenge=challenge,
        timeout=TIMEOUT_MS,
        allow_credentials=_descriptors(held),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _plain(options_to_json(options))


def created(site: Site, challenge: bytes, credential: Mapping[str, JsonValue] | None) -> VerifiedRegistration:
    """The new passkey, or `CodeInvalid`."""
    try:
        return verify_registration_response(
            credential=dict(credential or {}),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise CodeInvalid from error


def answered(
    site: Site, challenge: bytes, credential: Mapping[str, JsonValue] | None, factor: Factor
) -> VerifiedAuthentication:
    """What the passkey answered, or `CodeInvalid`, also for a counter that does not grow."""
    if credential is None or credential.get("id") != factor.credential_id:
        raise CodeInvalid
    try:
        return verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=factor.public_key or b"",
            credential_current_sign_count=factor.counter,
            require_user_verification=True,
        )
    except _MALFORMED as error:
        raise CodeInvalid from error


def names_owner(credential: Mapping[str, JsonValue], user_id: bytes) -> bool:
    """Whether the credential says that it is this user's, or nothing of it."""
    response = credential.get("response")
    said = response.get("userHandle") if isinstance(response, dict) else None
    return said is None or said == bytes_to_base64url(user_id)


def credential_id(raw: bytes) -> str:
    """The id as credentials write it."""
    return bytes_to_base64url(raw)


def _descriptors(held: Iterable[Factor]) -> list[PublicKeyCredentialDescriptor]:
    ids = (factor.credential_id for factor in held)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in ids if one is not None]


def _plain(options: str) -> PublicKey:
    plain: PublicKey = orjson.loads(options)
    return plain
