"""Calls about what somebody was told, and about the ways to them."""

from __future__ import annotations

from dataclasses import dataclass

from models.base import Record
from models.notifications import Notification, NotificationChoices
from models.push import PushSubscription
from models.webhooks import Webhook
from services.scopes import Scope, UserScope


@dataclass(slots=True, kw_only=True)
class NotificationScope(Scope):
    """A call about one thing that the caller was told."""

    notification: Notification


@dataclass(slots=True, kw_only=True)
class ChoicesScope(UserScope):
    """A call about how the caller wants to be told; of version 0 while they have chosen nothing."""

    choices: NotificationChoices

    @property
    def subject(self) -> Record | None:
        return self.choices


@dataclass(slots=True, kw_only=True)
class PushSubscriptionScope(Scope):
    """A call about one browser of the caller's own."""

    subscription: PushSubscription

    @property
    def subject(self) -> Record | None:
        return self.subscription


@dataclass(slots=True, kw_only=True)
class WebhookScope(Scope):
    """A call about one webhook."""

    webhook: Webhook

    @property
    def subject(self) -> Record | None:
        return self.webhook
