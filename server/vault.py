"""The commands `coursewire keys` and `coursewire audit`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from models.unit import AuditHead, AuditRecord
from server.app import open_core
from server.clients import open_database
from server.console import console, read_settings, run_command
from server.engines_of import any_engines
from server.key_rotation import Rotated, forget, rotate, rotate_fields
from server.keys import Keys, load_keys
from server.settings import Settings
from server.token_keys import BadKeyError, states
from services.audit_chain import Link, Verdict, verify
from services.crypto import KeyedHash, KeyVersion
from services.sealed import key_use

keys_cli = typer.Typer(help="Show and rotate the keys of the school.", no_args_is_help=True)
audit_cli = typer.Typer(help="Look after the audit log.", no_args_is_help=True)


@keys_cli.command(name="rotate")
def rotate_command(
    *, now: Annotated[bool, typer.Option(help="In an emergency: sign with it at once, and void every other.")] = False
) -> None:
    """Publish the next key that signs access tokens; it signs from tomorrow on."""
    rotated = run_command(_rotate(read_settings(), at_once=now))
    done = "published" if rotated.is_new else "was published already"
    console.print(f"{rotated.key.signing.kid} {done}, signs from {rotated.since:%Y-%m-%d %H:%M:%S} UTC")
    console.print("Processes see it within a minute, or at SIGHUP.")


async def _rotate(settings: Settings, *, at_once: bool) -> Rotated:
    return rotate(settings, at_once=at_once)


@keys_cli.command(name="list")
def list_command() -> None:
    """Show every key, what it does now, and how much of what is stored it has sealed."""
    run_command(_list(read_settings()))


async def _list(settings: Settings) -> None:
    keys = load_keys(settings)
    at = datetime.now(UTC)
    for key, state in states(keys.tokens, at.timestamp()):
        console.print(f"token  {key.signing.kid}  {state.value:<8}  {_since(key.since)}")
    for kind, versions in (("field", keys.fields), ("index", keys.index)):
        for version in versions:
            console.print(f"{kind}  {version.name}  {_does(version, keys)}  {_since(version.since)}")
    async with any_engines(settings) as urls, open_database(urls.mongodb_url, settings.mongodb_database):
        for field, counts in (await key_use(keys.ring.fields)).items():
            told = ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()) if count)
            console.print(f"{field}  {told or 'none'}", highlight=False)


def _does(version: KeyVersion, keys: Keys) -> str:
    if version.since > datetime.now(UTC).timestamp():
        return "next"
    writes = version in {keys.ring.fields.writing, keys.ring.email_index.writing}
    return "writes" if writes else "reads"


def _since(instant: float) -> str:
    return f"since {datetime.fromtimestamp(instant, UTC):%Y-%m-%d %H:%M:%S} UTC" if instant else "since ever"


@keys_cli.command(name="rotate-fields")
def rotate_fields_command() -> None:
    """Add the next key for encrypted fields, and seal everything anew with it, in the background."""
    is_new = run_command(_rotate_fields(read_settings()))
    console.print("a new key was added" if is_new else "no new key: what is stored waits for the newest already")
    console.print("A worker seals everything anew; `coursewire keys list` shows how far it is.")


async def _rotate_fields(settings: Settings) -> bool:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        return await rotate_fields(core)


@keys_cli.command(name="forget")
def forget_command(name: Annotated[str, typer.Argument(help="The version, such as k1.")]) -> None:
    """Take an old field key out for good; refused while anything that is stored needs it."""
    run_command(_forget(read_settings(), name))
    console.print(f"{name} is forgotten. Backups from before still need it: keep it with them.")


async def _forget(settings: Settings, name: str) -> None:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        await forget(core, name)


@audit_cli.command(name="verify")
def verify_command(
    head: Annotated[
        str | None, typer.Option(help="A day's head out of the logs, SEQ:SEAL: the chain must lead through it.")
    ] = None,
) -> None:
    """Check the chain over the audit log; status 1 and the first bad record if it is broken."""
    found = run_command(_verify(read_settings(), head))
    console.print(
        f"{found.head.seq} records are sealed and whole, {found.unsealed} wait for their seal", soft_wrap=True
    )
    if found.problem is not None:
        console.print(f"[red]broken[/]: {found.problem}", highlight=False, soft_wrap=True)
        raise typer.Exit(1)


async def _verify(settings: Settings, head: str | None) -> Verdict:
    key = load_keys(settings).audit
    if key is None:
        message = "AUDIT_KEY is not set"
        raise BadKeyError(message)
    seq, _, seal = (head or "").partition(":")
    must_pass = Link(int(seq), seal) if seq.isdigit() else None
    async with any_engines(settings) as urls, open_database(urls.mongodb_url, settings.mongodb_database) as database:
        log = database.database[AuditRecord.get_collection_name()]
        heads = database.database[AuditHead.get_collection_name()]
        return await verify(log, heads, KeyedHash(key), must_pass)
