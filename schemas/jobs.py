"""What jobs are told; a row of JOBS (`workers/jobs.py`) names the function."""

from __future__ import annotations

from schemas.types import Id, In


class WelcomeMailArgs(In):
    """The account that was just made."""

    user_id: Id


class InvitationMailArgs(In):
    """The invitation that was just made."""

    invitation_id: Id
