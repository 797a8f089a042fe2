"""The table of scenarios: what is played, by whom, and what must come out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, TypeAlias

from bench import commit, jobs, notify, plays, signin
from bench.contestants import Contestant
from bench.stage import Options, Row, Stage

Play: TypeAlias = Callable[[Stage, Contestant, Options], Awaitable[Row]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The rows of one scenario, by contestant."""

    rows: Mapping[str, Sequence[Row]]

    def median(self, contestant: str, figure: str) -> float:
        return median(row[figure] for row in self.rows[contestant])

    def worst(self, contestant: str, *figures: str) -> float:
        return max(sum(row[figure] for figure in figures) for row in self.rows[contestant])

    def ratio(self, figure: str, peer: str, ours: str = "coursewire") -> float:
        return self.median(ours, figure) / max(self.median(peer, figure), 1e-9)


@dataclass(frozen=True, slots=True)
class Goal:
    """What must come out: a figure of an outcome, at least or at most so large."""

    text: str
    figure: Callable[[Outcome], float]
    at_least: float = float("-inf")
    at_most: float = float("inf")

    def is_met(self, outcome: Outcome) -> bool:
        return self.at_least <= self.figure(outcome) <= self.at_most


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table.

    `load` is for all, `own` for single contestants. `plot` is what the picture shows. `turns` limits how often it is
    played, where once is long enough.
    """

    name: str
    title: str
    about: str
    contestants: Sequence[str]
    play: Play
    load: Options
    columns: Sequence[str]
    plot: Sequence[str]
    goals: Sequence[Goal] = ()
    own: Mapping[str, Options] = field(default_factory=dict)
    quick_seconds: float = 1.0
    turns: int | None = None


def at_least(factor: float, figure: str, peer: str, text: str) -> Goal:
    return Goal(text, lambda outcome: outcome.ratio(figure, peer), at_least=factor)


def at_most(factor: float, figure: str, peer: str, text: str, ours: str = "coursewire") -> Goal:
    return Goal(text, lambda outcome: outcome.ratio(figure, peer, ours), at_most=factor)


NOTHING_AMISS: Final = Goal(
    "lost, repeated or reordered events in the worst run",
    lambda outcome: outcome.worst("coursewire", "lost", "duplicated", "out_of_order", "sequence_breaks"),
    at_most=0,
)
FAN_OUT: Final = ("per_cpu_s", "per_s", "p50_ms", "p99_ms", "bytes_per_event", "out_of_order")
LATENCY: Final = ("p50_ms", "p99_ms", "max_ms", "cpu_share", "lost", "out_of_order")

SCENARIOS: Final = (
    Scenario(
        "burst",
        "Burst: 16 events in flight",
        "500 sockets follow one course. The next event is published as soon as all of them have the one 16 before it, "
        "so the server always has more to send.",
        ("node", "coursewire", "topics", "bare", "plain"),
        plays.one_server,
        {"mode": "closed", "clients": 500, "in_flight": 16, "seconds": 2.5},
        FAN_OUT,
        ("per_cpu_s", "p99_ms"),
        (
            at_least(8, "per_cpu_s", "node", "deliveries in a second of server CPU, to Node's"),
            at_least(0.75, "per_cpu_s", "topics", "deliveries in a second of server CPU, to uWebSockets'"),
            NOTHING_AMISS,
        ),
    ),
    Scenario(
        "single",
        "One event at a time",
        "500 sockets follow one course. The next event is published when all of them have the last one, "
        "so nothing can be sent together.",
        ("node", "coursewire", "topics", "bare", "plain"),
        plays.one_server,
        {"mode": "closed", "clients": 500, "in_flight": 1, "seconds": 2.5},
        FAN_OUT,
        ("per_cpu_s", "p99_ms"),
        (
            at_least(1.5, "per_cpu_s", "node", "deliveries in a second of server CPU, to Node's"),
            at_least(0.75, "per_cpu_s", "bare", "deliveries in a second of server CPU, to bare C's"),
            NOTHING_AMISS,
        ),
    ),
    Scenario(
        "steady",
        "A steady 60,000 deliveries a second",
        "120 events a second to 500 sockets, whatever the server does. An event's latency counts from the moment at "
        "which it was due.",
        ("node", "coursewire", "topics"),
        plays.one_server,
        {"mode": "open", "clients": 500, "rate": 120, "seconds": 5},
        LATENCY,
        ("p50_ms", "p99_ms"),
        (
            at_most(1, "p50_ms", "node", "median latency, to Node's"),
            at_most(1, "p99_ms", "node", "99th percentile of latency, to Node's"),
            NOTHING_AMISS,
        ),
    ),
    Scenario(
        "redis",
        "Through Redis from another instance",
        "What is published on instance A reaches 500 sockets of instance B, with 8 events in flight. B is measured; "
        "A, Redis and the clients share the other core.",
        ("node-redis", "coursewire", "plain-redis"),
        plays.two_instances,
        {"mode": "closed", "clients": 500, "in_flight": 8, "seconds": 2.5},
        FAN_OUT,
        ("per_s", "p99_ms"),
        (at_least(1.3, "per_s", "node-redis", "deliveries a second, to Node's Redis adapter's"), NOTHING_AMISS),
    ),
    Scenario(
        "screens",
        "From the POST of an announcement to 500 screens",
        "10 announcements a second by the real REST call on instance A reach 500 sockets of instance B: sign-in, "
        "rights, validation, a transaction with document, event, number and audit row, Redis, fan-out. The peer "
        "writes one document, without a transaction, and emits through its Redis manager.",
        ("plain-rest", "coursewire"),
        plays.two_instances,
        {"mode": "open", "clients": 500, "rate": 10, "warm_up": 2, "seconds": 8},
        (*LATENCY, "posts_failed"),
        ("p50_ms", "p99_ms"),
        (
            at_most(0.5, "p99_ms", "plain-rest", "99th percentile from POST to screen, to python-socketio's"),
            NOTHING_AMISS,
        ),
        {"coursewire": {"post": "/api/v1/announcements"}, "plain-rest": {"post": "/announce"}},
    ),
    Scenario(
        "idle",
        "Memory of an idle connection",
        "2,000 sockets with verified tokens follow a course in which nothing happens; growth of resident memory for "
        "each of them.",
        ("node-tokens", "coursewire"),
        plays.keep_quiet,
        {"mode": "idle", "clients": 2000, "seconds": 2},
        ("kib_per_client", "rss_before_kib", "rss_after_kib", "dropped"),
        ("kib_per_client",),
        (at_most(1, "kib_per_client", "node-tokens", "memory of a connection, to Node's"),),
    ),
    Scenario(
        "storm",
        "Connect storm",
        "2,000 clients, 128 at a time, each with an EdDSA token in its CONNECT that the server verifies.",
        ("node-tokens", "coursewire"),
        plays.only_connect,
        {"mode": "storm", "clients": 2000, "at_once": 128},
        ("connects_per_s", "connect_p50_ms", "connect_p99_ms", "cpu_s", "refused"),
        ("connects_per_s", "connect_p99_ms"),
        (at_least(1, "connects_per_s", "node-tokens", "connects a second, to Node's"),),
    ),
    Scenario(
        "hold",
        "10,000 sockets held, then one broadcast",
        "Two server processes on one core, two crowds of 5,000 on the other. After the hold one event, published on "
        "the second server, goes to all.",
        ("coursewire",),
        plays.hold,
        {"mode": "hold", "clients": 5000, "addresses": 4, "seconds": 600},
        ("ready", "seconds", "dropped", "p50_ms", "p99_ms", "max_ms", "kib_per_client"),
        ("p50_ms", "p99_ms"),
        (
            Goal("connections dropped", lambda outcome: outcome.worst("coursewire", "dropped"), at_most=0),
            Goal(
                "99th percentile of the broadcast, ms",
                lambda outcome: outcome.worst("coursewire", "p99_ms"),
                at_most=3000,
            ),
            Goal("recipients missed", lambda outcome: outcome.worst("coursewire", "lost", "duplicated"), at_most=0),
        ),
        quick_seconds=5,
        turns=1,
    ),
    Scenario(
        "reconnect",
        "Everybody comes back at once",
        "2,000 clients are cut in one moment, miss five announcements, and come back with their positions, 512 at a "
        "time. `resume_s` is the time until the last one has its `sync.ok` and all five; `log_reads` says how often "
        "the log in MongoDB was read.",
        ("coursewire",),
        plays.reconnect,
        {"mode": "reconnect", "clients": 2000, "at_once": 512, "missed": 5},
        ("resume_s", "connect_p50_ms", "connect_p99_ms", "cpu_s", "log_reads", "refused"),
        ("resume_s",),
        (NOTHING_AMISS,),
    ),
    Scenario(
        "stalled",
        "100 clients that stop reading",
        "400 clients read, 100 never do, at 120 events a second. What those cost is the growth of resident memory, and "
        "what the kernel keeps unsent, which no process sees as its own.",
        ("coursewire-calm", "coursewire"),
        plays.stalled,
        {"mode": "open", "clients": 400, "rate": 120, "seconds": 20},
        ("cost_mib", "growth_mib", "kernel_mib", "gone_s", "p50_ms", "p99_ms", "lost", "out_of_order"),
        ("p99_ms", "cost_mib"),
        (
            Goal(
                "memory that a hundred stalled clients cost, MiB",
                lambda outcome: (
                    outcome.median("coursewire", "cost_mib") - outcome.median("coursewire-calm", "cost_mib")
                ),
                at_most=80,
            ),
            Goal("seconds until they are gone", lambda outcome: outcome.worst("coursewire", "gone_s"), at_most=15),
            at_most(1.2, "p99_ms", "coursewire-calm", "99th percentile of the others, to that without them"),
            NOTHING_AMISS,
        ),
        {"coursewire": {"stalled": 100}},
        quick_seconds=16,
    ),
    Scenario(
        "signin",
        "Signing in",
        "300 wrong passwords for accounts that exist and 300 for accounts that do not, in random order: `auc` is how "
        "often the time of the answer tells which is which, 0.5 being by chance. Then 50 people sign in at once; those "
        "who are told to come back in a second do.",
        ("coursewire",),
        signin.play,
        {"clients": 50, "samples": 300},
        ("auc", "known_ms", "unknown_ms", "lag_ms", "ping_max_ms", "all_s", "told_to_wait"),
        ("known_ms", "unknown_ms"),
        (
            Goal(
                "answers whose time tells a known account",
                lambda played: played.worst("coursewire", "auc"),
                at_most=0.6,
            ),
            Goal(
                "lag of the loop while 50 sign in, ms", lambda played: played.worst("coursewire", "lag_ms"), at_most=50
            ),
        ),
        turns=1,
    ),
    Scenario(
        "jobs",
        "Jobs",
        "2,000 jobs are made before the worker starts: how many it starts in a second. Then one is made each 20 ms "
        "while nothing waits: how soon it starts. Ours are documents that commit with their cause (majority, journal) "
        "and end in a transaction; taskiq's are entries of a Redis stream, which nothing else commits with.",
        ("taskiq", "worker"),
        jobs.play,
        {"backlog": 2000, "seconds": 6},
        ("jobs_per_s", "start_p50_ms", "start_p99_ms", "lost", "repeated"),
        ("jobs_per_s", "start_p99_ms"),
        (Goal("jobs lost or repeated", lambda played: played.worst("worker", "lost", "repeated"), at_most=0),),
    ),
    Scenario(
        "notify",
        "Telling 5,000 people",
        "An announcement to a course of 5,000, each with ten unread notifications: 500 people a unit, and for each a "
        "notification and an event of their own stream with the count of what is unread. No mails, and nobody is "
        "connected. Memory is the peak of what Python allocates, traced in a second run.",
        ("notify-each", "notify"),
        notify.play,
        {"clients": 5000, "unread": 10},
        ("all_ms", "unit_ms", "commands", "commands_per_unit", "peak_mib", "told"),
        ("all_ms", "commands"),
        (at_most(0.1, "commands", "notify-each", "commands, to one for each stream", ours="notify"),),
        turns=1,
    ),
    Scenario(
        "commit",
        "100 writers on one stream",
        "Two writing processes' committers against a transaction for each unit; both write an announcement, its audit "
        "row, the stream's number and the event.",
        ("transactions", "committers"),
        commit.play,
        {},
        ("all_ms", "p99_ms"),
        ("all_ms", "p99_ms"),
    ),
)
