"""The command line: `coursewire`, or `python -m server`."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from schemas.jobs import Lane
from schemas.operations import ProcessKind
from server.app import background, open_core
from server.asyncapi import asyncapi_document
from server.checking import show_checks
from server.clients import open_database
from server.console import console, read_settings, run_command
from server.doctor import examine
from server.engines_of import any_engines, present_engines
from server.imports.committing import committed
from server.imports.roster import import_roster
from server.imports.screen import show_oulad, show_roster
from server.listening import listening_socket
from server.migrations import CURRENT, migrate
from server.openapi import openapi_document
from server.postman import postman_collection
from server.probe import Probe, ask
from server.process import Lifecycle, StopSignal, freeze_heap
from server.reference import DOCS, write_reference
from server.restore import Restored, after_restore
from server.routes import ROUTES
from server.sealing import sealing
from server.seed import ADMIN, DEMO_PASSWORD, INSTRUCTOR, STUDENT, seed
from server.serving import serving
from server.settings import Settings
from server.supervisor import Supervisor, announced, reachable
from server.vault import audit_cli, keys_cli
from server.vocabulary import Json, readable
from server.working import runner_of
from services.accounts.rights import appoint
from workers.scheduler import Scheduler

cli = typer.Typer(help="The live backend of a school.", no_args_is_help=True, add_completion=False)
import_cli = typer.Typer(help="Bring in what another system knows.", no_args_is_help=True)
cli.add_typer(import_cli, name="import")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(audit_cli, name="audit")


@cli.command()
def up() -> None:
    """Start everything: engines, demo data, web and worker."""
    run_command(_up(read_settings()))


async def _up(settings: Settings) -> None:
    stopping, ready = StopSignal().event, asyncio.Event()
    with listening_socket(settings) as sock:
        console.print("Starting engines, web and worker …")
        supervisor = Supervisor(settings, sock)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, supervisor.restart_all)
        running = asyncio.create_task(supervisor.run(stopping, ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if ready.is_set():
            _print_welcome(settings, reachable(settings.host), sock.getsockname()[1])
        waiting.cancel()
        await running


def _print_welcome(settings: Settings, host: str, port: int) -> None:
    console.print(f"\n[bold]Coursewire runs at http://{host}:{port}[/]\n")
    if not settings.is_production:
        console.print(f"Demo logins, password [bold]{DEMO_PASSWORD}[/]:")
        for person in (INSTRUCTOR, STUDENT, ADMIN):
            console.print(f"  {person.role.value:<11} {person.email}")
        console.print(f"\nMails:  http://{host}:{port}/dev/mail")
    console.print(f"API:    http://{host}:{port}/docs, and /docs/events")
    console.print(f"Docs:   README.md, {DOCS.name}/architecture.md, {DOCS.name}/reference/")
    console.print("Ctrl-C ends everything.\n")


@cli.command()
def serve() -> None:
    """Run one web process; many may run on one DATA_DIR, each with its own PORT."""
    run_command(_serve(read_settings()))


async def _serve(settings: Settings) -> None:
    stopping, lifecycle = StopSignal(), Lifecycle()
    urls = await present_engines(settings)
    async with (
        open_core(settings, urls) as core,
        background(core.reports.run(ProcessKind.WEB, lifecycle)),
        background(core.metrics.jobs.run()),
        serving(core, lifecycle) as address,
    ):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, core.key_watch.hint)
        freeze_heap()
        typer.echo(f"listening on {address}")
        with announced(settings.process_place):
            await stopping.wait()
        lifecycle.is_announced = stopping.is_announced


@cli.command()
def worker(
    lanes: Annotated[str, typer.Option(help="Serve these lanes only, with commas, such as mail,sms.")] = ",".join(Lane),
) -> None:
    """Run one worker process: mails and whatever else is done afterwards."""
    asked = _lanes_of(lanes)
    run_command(_work(read_settings(), asked))


def _lanes_of(names: str) -> Sequence[Lane]:
    try:
        return [Lane(name.strip()) for name in names.split(",")]
    except ValueError:
        message = f"There is no such lane among {names}: lanes are {', '.join(Lane)}."
        raise typer.BadParameter(message, param_hint="--lanes") from None


async def _work(settings: Settings, lanes: Sequence[Lane]) -> None:
    stopping = StopSignal()
    urls = await present_engines(settings)
    async with (
        open_core(settings, urls) as core,
        background(core.reports.run(ProcessKind.WORKER, Lifecycle())),
        background(core.metrics.jobs.run()),
        sealing(core),
        background(Scheduler(core.committer, settings.school_timezone).run()),
    ):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, core.key_watch.hint)
        freeze_heap()
        typer.echo("working")
        with announced(settings.process_place):
            await runner_of(core, lanes).run(stopping.event)


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the form that this version needs."""
    done = run_command(_migrate(read_settings()))
    console.print(f"schema {CURRENT}: {done} step{'' if done == 1 else 's'} run")


async def _migrate(settings: Settings) -> int:
    async with any_engines(settings) as urls, open_database(urls.mongodb_url, settings.mongodb_database) as database:
        return await migrate(database)


@cli.command()
def restore(
    *,
    force: Annotated[bool, typer.Option(help="Also while processes run: they end, and must be started anew.")] = False,
) -> None:
    """Make a database safe that was restored from a dump; run it before anything else is started."""
    restored = run_command(_restore(read_settings(), force=force))
    ended = restored.sessions_ended
    console.print(f"epoch {restored.epoch}: every client loads again; {ended} session{'' if ended == 1 else 's'} ended")


async def _restore(settings: Settings, *, force: bool) -> Restored:
    async with any_engines(settings) as urls, open_database(urls.mongodb_url, settings.mongodb_database) as database:
        return await after_restore(settings, urls, database, force=force)


@cli.command(name="seed")
def seed_command() -> None:
    """Add the demo school; what is there already stays as it is."""
    run_command(_seed(read_settings()))
    console.print("demo data is in place")


async def _seed(settings: Settings) -> None:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        await seed(core)


@cli.command(name="appoint")
def appoint_command(
    email: Annotated[str, typer.Argument(help="The address of an account that exists and is active.")],
) -> None:
    """Make an account an administrator, above all the first one."""
    run_command(_appoint(read_settings(), email))
    console.print("the account is an administrator's")


async def _appoint(settings: Settings, email: str) -> None:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        await committed(core, "appoint", lambda scope: appoint(scope, email))


@import_cli.command(name="oulad")
def import_oulad_command(
    folder: Annotated[Path, typer.Argument(help="The folder with courses.csv and studentInfo.csv.")],
    owner: Annotated[str | None, typer.Option(help="Address of the instructor who gets the courses.")] = None,
) -> None:
    """Import the Open University Learning Analytics Dataset; a second time changes nothing."""
    run_command(_import_oulad(read_settings(), folder, owner))


async def _import_oulad(settings: Settings, folder: Path, owner: str | None) -> None:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        await show_oulad(core, folder, owner, console)


@import_cli.command(name="roster")
def import_roster_command(
    file: Annotated[Path, typer.Argument(help="A CSV file with the columns name, email and role.")],
    course: Annotated[str, typer.Option(help="Id or code of the course.")],
    *,
    dry_run: Annotated[bool, typer.Option(help="Report the same, change nothing.")] = False,
) -> None:
    """Take a list of people into a course, and invite those who have no account."""
    run_command(_import_roster(read_settings(), file, course, dry_run=dry_run))


async def _import_roster(settings: Settings, file: Path, course: str, *, dry_run: bool) -> None:
    async with any_engines(settings) as urls, open_core(settings, urls) as core:
        show_roster(await import_roster(core, file, course, dry_run=dry_run), console)


@cli.command()
def doctor() -> None:
    """Say what is wrong on this machine, and what to do."""
    if not run_command(_doctor(read_settings())):
        raise typer.Exit(1)


async def _doctor(settings: Settings) -> bool:
    all_well = True
    async for finding in examine(settings):
        all_well = all_well and (finding.is_well or finding.is_warning)
        trouble = "[yellow]warn[/]" if finding.is_warning else "[red]FAIL[/]"
        console.print(f"{'[green]ok[/]  ' if finding.is_well else trouble} {finding.subject}: {finding.found}")
        if not finding.is_well:
            console.print(f"     {finding.advice}")
    return all_well


@cli.command()
def check() -> None:
    """Look whether all that is stored agrees; status 1 if something does not."""
    if run_command(show_checks(read_settings(), console)):
        raise typer.Exit(1)


@cli.command()
def health(
    probe: Annotated[Probe, typer.Argument(help="Whether it takes calls, or whether it is alive.")] = Probe.READY,
) -> None:
    """Ask the server of this HOST and PORT how it is."""
    is_well, said = ask(read_settings(), probe)
    typer.echo(said)
    if not is_well:
        raise typer.Exit(1)


@cli.command()
def docs(
    folder: Annotated[Path, typer.Option(help="Where to write.")] = DOCS / "reference",
) -> None:
    """Render the tables to docs/reference."""
    for path in write_reference(folder):
        console.print(str(path))


Out = Annotated[Path | None, typer.Option(help="The file to write; without it, standard output.")]


@cli.command()
def openapi(out: Out = None) -> None:
    """Write the OpenAPI 3.1 document."""
    _write(openapi_document(ROUTES), out)


@cli.command()
def asyncapi(out: Out = None) -> None:
    """Write the AsyncAPI 3.0 document."""
    _write(asyncapi_document(ROUTES), out)


@cli.command()
def postman(out: Out = None) -> None:
    """Write a Postman collection of every call."""
    _write(postman_collection(openapi_document(ROUTES)), out)


def _write(document: Json, out: Path | None) -> None:
    if out is None:
        typer.echo(readable(document), nl=False)
    else:
        out.write_text(readable(document), encoding="utf-8")


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
