"""The key by which services of browsers know the school (RFC 8292)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, slots=True)
class VapidKey:
    """A key on P-256; every browser subscribes to its public half, and has to do so anew when it is another."""

    private: EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        """As browsers take it: the uncompressed point in base64url."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
