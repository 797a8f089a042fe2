"""Mails about somebody's own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from beanie import PydanticObjectId

from models.accounts import User
from schemas.jobs import Notice, NoticeMailArgs
from schemas.mail import Mail
from schemas.types import Locale
from workers.work import Work

SUBJECT: Final = {Locale.ENGLISH: "Your account at {school}", Locale.FRENCH: "Votre compte à {school}"}

HAPPENED: Final[Mapping[Notice, Mapping[Locale, str]]] = {
    Notice.EMAIL_CHANGED: {
        Locale.ENGLISH: "The e-mail address of your account was changed.",
        Locale.FRENCH: "L’adresse de votre compte a été modifiée.",
    },
    Notice.FACTOR_ADDED: {
        Locale.ENGLISH: "A second factor was added to your account.",
        Locale.FRENCH: "Un second facteur a été ajouté à votre compte.",
    },
    Notice.FACTOR_REMOVED: {
        Locale.ENGLISH: "A second factor was removed from your account.",
        Locale.FRENCH: "Un second facteur a été retiré de votre compte.",
    },
    Notice.FACTOR_RESET_ASKED: {
        Locale.ENGLISH: "An administrator asked to remove your second factors; another one has a day to agree.",
        Locale.FRENCH: "Un administrateur demande de retirer vos seconds facteurs ; un autre a un jour pour approuver.",
    },
    Notice.IDENTITY_LINKED: {
        Locale.ENGLISH: "Your account can now be opened through another service.",
        Locale.FRENCH: "Votre compte peut désormais être ouvert par un autre service.",
    },
    Notice.IDENTITY_UNLINKED: {
        Locale.ENGLISH: "Your account can no longer be opened through another service.",
        Locale.FRENCH: "Votre compte ne peut plus être ouvert par un autre service.",
    },
    Notice.KEY_CREATED: {
        Locale.ENGLISH: "An API key was made for your account.",
        Locale.FRENCH: "Une clé d’API a été créée pour votre compte.",
    },
    Notice.NEW_DEVICE: {
        Locale.ENGLISH: "Somebody signed in to your account on a new device.",
        Locale.FRENCH: "Quelqu’un s’est connecté à votre compte depuis un nouvel appareil.",
    },
    Notice.PASSWORD_CHANGED: {
        Locale.ENGLISH: "The password of your account was changed; every other device was signed out.",
        Locale.FRENCH: "Le mot de passe de votre compte a été modifié ; tous vos autres appareils ont été déconnectés.",
    },
    Notice.RECOVERY_CODE_USED: {
        Locale.ENGLISH: "A recovery code of your account was used.",
        Locale.FRENCH: "Un code de secours de votre compte a été utilisé.",
    },
    Notice.RECOVERY_CODES_RENEWED: {
        Locale.ENGLISH: "Your account has new recovery codes; the old ones do not count any more.",
        Locale.FRENCH: "Votre compte a de nouveaux codes de secours ; les anciens ne valent plus.",
    },
    Notice.ROLE_CHANGED: {
        Locale.ENGLISH: "The rights of your account were changed.",
        Locale.FRENCH: "Les droits de votre compte ont été modifiés.",
    },
    Notice.SESSION_EVICTED: {
        Locale.ENGLISH: "A new sign-in has ended the session that you had not used for longest.",
        Locale.FRENCH: "Une nouvelle connexion a mis fin à votre session la plus anciennement utilisée.",
    },
    Notice.TOKEN_REUSED: {
        Locale.ENGLISH: "A session was ended because its key was used twice. Somebody may have copied it.",
        Locale.FRENCH: "Une session a été fermée parce que sa clé a servi deux fois. Quelqu’un l’a peut-être copiée.",
    },
}

TEXT: Final = {
    Locale.ENGLISH: "Hello {name},\n\n{happened}\nWhen: {at} UTC. From the network: {place}.\n\n"
    "If this was not you, change your password and look at your devices.\n",
    Locale.FRENCH: "Bonjour {name},\n\n{happened}\nQuand : {at} UTC. Depuis le réseau : {place}.\n\n"
    "Si ce n’était pas vous, changez votre mot de passe et vérifiez vos appareils.\n",
}


async def send_notice(args: NoticeMailArgs, work: Work) -> None:
    """Say what happened, in the owner's language, or in both where it is not known."""
    user = await User.get(PydanticObjectId(args.user_id))
    if user is None:
        return
    languages = [user.locale] if user.locale else list(Locale)
    facts = {"name": user.first_name, "at": f"{args.at:%Y-%m-%d %H:%M}", "place": args.ip_prefix or "–"}
    await work.tools.mailer.send(
        Mail(
            message_id=f"<notice.{args.id}@coursewire>",
            to_user_id=str(user.id),
            address=work.tools.keys.fields.open(args.to_ct or user.email_ct, "users", str(user.id), "email"),
            subject=" / ".join(SUBJECT[language].format(school="Coursewire") for language in languages),
            text="\n".join(TEXT[one].format(happened=HAPPENED[args.notice][one], **facts) for one in languages),
        ),
        work.unit,
    )
