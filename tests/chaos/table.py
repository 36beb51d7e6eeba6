"""Every fault that Dravo survives. A fault without a harm of its own is shown by tests of the suite, which it names."""

from tests.chaos import harm_to_programs as programs
from tests.chaos import harm_to_roads as roads
from tests.chaos.fault import Fault
from tests.chaos.ground import Servers
from tests.chaos.proxy import TROUBLES, Trouble

_KILLED = "tests/flow/test_a_killed_worker_never_posts_twice.py"
_GOES_ON = "What it held is taken over once its lease has run out: nothing was sent, or it is looked up."


def _needs_a_server_of_its_own(servers: Servers) -> str | None:
    is_ours = servers.postgres is not None and servers.postgres.is_ours
    return None if is_ours else "this PostgreSQL belongs to somebody else and may not be stopped"


_PROGRAMS = [
    Fault("worker killed", "kill -9 in the middle of its work.", _GOES_ON, 60, programs.kill_a_worker, "programs"),
    Fault(
        "worker killed at a crash point",
        "kill -9 at each place in the code where something has just been, or is about to be, committed or sent.",
        _GOES_ON, 60, programs.kill_at_a_crash_point, "programs",
        tests=(f"{_KILLED}::test_one_post_however_the_worker_dies",),
    ),
    Fault("all workers killed", "kill -9 to all, and nobody there for some seconds.", _GOES_ON, 60, programs.kill_all_workers, "programs"),
    Fault(
        "worker frozen", "SIGSTOP for more than two leases, then SIGCONT.",
        "Another takes over; the one that wakes up may neither send nor write.", 60, programs.freeze_a_worker, "programs",
    ),
    Fault(
        "rolling restart", "One worker after the other is replaced: a new one starts, the old one gets SIGTERM.",
        "It finishes or hands back; what took too long is looked up.", 60, programs.restart_one_after_the_other, "programs",
    ),
    Fault("API killed", "kill -9 while it answers.", "The caller asks again under the same key and gets one job.", 30, programs.kill_the_door, "programs"),
    Fault(
        "API killed around its commit", "kill -9 before or after the commit of a post.",
        "Before: nothing was accepted. After: it goes out. Asked again, it is one job.", 30,
        programs.kill_the_door_at_a_crash_point, "programs",
        tests=(f"{_KILLED}::test_what_was_not_committed_was_not_accepted", f"{_KILLED}::test_what_was_committed_goes_out_though_nobody_was_woken"),
    ),
]  # fmt: skip

_REDIS = [
    Fault("Redis emptied", "FLUSHALL.", "Nothing: it only wakes workers.", 10, roads.empty_redis, "roads"),
    Fault("Redis killed", "kill -9; back with its file.", "Workers find the work by themselves.", 10, roads.kill_redis, "roads"),
    Fault("Redis killed with its file", "kill -9; back empty.", "Workers find the work by themselves.", 10, roads.kill_redis_and_its_file, "roads"),
    Fault("Redis frozen", "SIGSTOP for seconds.", "One publish waits a second for it, then nobody.", 10, roads.freeze_redis, "roads"),
]  # fmt: skip

_DATABASE = [
    Fault(
        "PostgreSQL restarted", "Stopped as by a power cut, under load, and started.",
        "Nothing committed is lost; open conversations are written down as soon as it is back, or looked up.", 60,
        roads.restart_postgres, "roads", ("postgres",), obstacle=_needs_a_server_of_its_own,
    ),
    Fault("lock held", "Somebody else holds the write lock, or the table of deliveries.", "Everything waits, nothing fails for good.", 60, roads.hold_a_lock, "roads"),
]  # fmt: skip

_NETWORK = [
    Fault("network down", "The network's server is killed and comes back.", "Tried again; what may have arrived is looked up first.", 60, roads.kill_the_network, "roads"),
    Fault("network ill", "Two answers of three are errors, lost, throttled, slow or no answers at all.", "As each of them alone.", 60, roads.make_the_network_ill, "roads"),
    Fault("network slow", "A second for every call.", "Posts of other accounts don't wait.", 60, roads.make_the_network_slow, "roads"),
]  # fmt: skip

_HOW: dict[Trouble, str] = {
    "late": "answers come late",
    "slow": "400 bytes a second",
    "reset": "every connection is reset",
    "gone": "connections are reset and refused",
    "black hole": "connections are taken and lead nowhere",
    "frozen": "nothing passes for a while, nothing is lost",
    "cut": "connections break after 40 bytes",
}


def _road_faults() -> list[Fault]:
    made = []
    for trouble in TROUBLES:
        how = f"On the road to it {_HOW[trouble]}."
        made.append(
            Fault(
                f"road to Redis: {trouble}",
                how,
                "Workers find the work by themselves.",
                10,
                roads.on_redis_road(trouble),
                "roads",
            )
        )
        made.append(
            Fault(
                f"road to PostgreSQL: {trouble}",
                how,
                "As when it is restarted.",
                60,
                roads.on_database_road(trouble),
                "roads",
                ("postgres",),
            )
        )
        made.append(
            Fault(
                f"road to the network: {trouble}",
                how,
                "What can't have arrived is sent again, what may have is looked up.",
                60,
                roads.on_network_road(trouble),
                "roads",
            )
        )
    return made  # fmt: skip


FAULTS: list[Fault] = [*_PROGRAMS, *_REDIS, *_DATABASE, *_NETWORK, *_road_faults()]
