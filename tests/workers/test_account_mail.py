"""Mails about somebody's own account reach whoever must hear of it."""

from __future__ import annotations

from beanie import PydanticObjectId

from models.accounts import User
from models.unit import Job
from schemas.accounts import SignUpIn
from schemas.jobs import NoticeMailArgs
from schemas.mail import Mail
from schemas.profiles import ProfileIn
from schemas.types import now
from server.app import Core
from services.accounts.profiles import update_profile
from services.accounts.registration import create_user
from services.scopes import Actor, Scope, UserScope
from services.unit import Unit
from workers.account_mail import send_notice
from workers.mail import StoringMailer
from workers.text_messages import StoringTexter
from workers.work import Tools, Work

PASSWORD = "a long password"


class Postbox(StoringMailer):
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail, unit: Unit) -> None:
        self.mails.append(mail)


async def moved(core: Core) -> User:
    """An account whose address was changed just now."""
    scope, name = Scope(Actor(), Unit(now()), core.keys.ring), str(PydanticObjectId())
    draft = SignUpIn(email=f"{name}@old.example", password=PASSWORD, first_name="Mo", last_name="Ved", username=name)
    user = await create_user(scope, core.desk, draft)
    await core.committer.commit(scope.unit)
    own = UserScope(actor=Actor(str(user.id), user.role), unit=Unit(now()), keys=core.keys.ring, user=user)
    change = ProfileIn(email=f"{name}@new.example", current_password=PASSWORD)
    await update_profile(own, core.desk, change, "127.0.0.1")
    await core.committer.commit(own.unit)
    return user


async def test_the_old_address_hears_that_it_was_replaced(core: Core):
    """Whoever took the account over cannot keep that from its owner."""
    user, postbox = await moved(core), Postbox()
    job = await Job.find_one({"kind": "mail.notice", "args.user_id": str(user.id)})
    args = NoticeMailArgs.model_validate(job.args)
    await send_notice(args, Work(Unit(now()), Tools(core.keys.ring, postbox, StoringTexter())))
    assert [mail.address.partition("@")[2] for mail in postbox.mails] == ["old.example"]
    assert "old.example" not in str(job.args)
