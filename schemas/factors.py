"""Second factors on the wire."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from schemas.accounts import UserOut
from schemas.types import Id, In, Name, Out, OutId

Code = Annotated[str, StringConstraints(pattern=r"^[0-9 ]{6,10}$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
PublicKey = dict[str, JsonValue]
"""Options as `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` of browsers take them."""

CredentialKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,40}$")]
Credential = Annotated[dict[CredentialKey, JsonValue], Field(min_length=1, max_length=20)]
"""A credential as its own `toJSON()` says it; `py_webauthn` judges the rest."""


class FactorKind(StrEnum):
    """What a second factor is."""

    PASSKEY = "passkey"
    TOTP = "totp"
    SMS = "sms"
    EMAIL = "email"


class FactorOut(Out):
    """One's own factor; never with what it keeps secret."""

    id: OutId
    kind: FactorKind
    name: str
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None


class FactorsResetOut(Out):
    """Whether the factors are gone, or whom that waits for."""

    done: bool
    waits_for: str | None = None


class MfaOut(Out):
    """Whether signing in asks for more than the first proof, and for what; the strongest factor first."""

    enabled: bool
    factors: list[FactorOut]
    recovery_codes_left: int


class EnrollIn(In):
    """A factor to add; `phone` is for text messages alone."""

    kind: FactorKind
    name: Name | None = None
    phone: Phone | None = None


class EnrolledOut(Out):
    """What the new factor needs before it is confirmed. The secret is shown here and never again."""

    factor_id: OutId
    kind: FactorKind
    secret: str | None = None
    otpauth_uri: str | None = None
    qr_svg: str | None = None
    public_key: PublicKey | None = None


class ConfirmIn(In):
    """The first code of a new factor, or what the new passkey answered."""

    factor_id: Id
    code: Code | None = None
    credential: Credential | None = None


class ConfirmedOut(Out):
    """Ten recovery codes with the first factor; null when there are some already."""

    recovery_codes: list[str] | None


class FactorIn(In):
    """One of one's own factors."""

    factor_id: Id


class RecoveryCodesOut(Out):
    """Ten new codes, shown once; those before them count no more."""

    recovery_codes: list[str]


class MfaMethodOut(Out):
    """A factor that may finish the sign-in."""

    kind: FactorKind
    factor_id: OutId
    name: str


class SignInOut(Out):
    """A session, or with `mfaRequired` what opens one: then the token is for `/auth/mfa/` and nothing else."""

    user: UserOut | None = None
    access_token: str | None = None
    token: str | None = None
    expires_in: int | None = None
    refresh_token: str | None = None
    mfa_required: bool = False
    mfa_token: str | None = None
    methods: list[MfaMethodOut] = Field(default_factory=list)


MfaToken = Annotated[str, Field(max_length=200)]


class MfaChallengeIn(FactorIn):
    """The factor that is to be asked during a sign-in."""

    mfa_token: MfaToken


class ChallengedOut(Out):
    """Whether a code was sent, and what a passkey is to sign. An app's codes need no question."""

    sent: bool
    public_key: PublicKey | None = None


class ProofIn(In):
    """A factor and what it says, or one of the recovery codes."""

    factor_id: Id | None = None
    code: Code | None = None
    credential: Credential | None = None
    recovery_code: Annotated[str, Field(max_length=40)] | None = None


class MfaVerifyIn(ProofIn):
    """What finishes a sign-in."""

    mfa_token: MfaToken


class StepUpIn(ProofIn):
    """The strongest factor; the password where there is no factor."""

    password: Annotated[str, Field(max_length=256)] | None = None


class PasskeyOptionsOut(Out):
    """What any passkey of this school may sign within five minutes to open a session."""

    challenge_token: OutId
    public_key: PublicKey


class PasskeySignInIn(In):
    """The signed challenge."""

    challenge_token: Id
    credential: Credential
