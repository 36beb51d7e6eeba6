"""Every fault that Dravo survives. A fault without a harm of its own is shown by tests of the suite, which it names."""

from dataclasses import replace

from dravo_app.settings import Engine
from tests.chaos import harm_by_crowds as crowds
from tests.chaos import harm_to_programs as programs
from tests.chaos import harm_to_roads as roads
from tests.chaos import harm_to_the_door as door
from tests.chaos import harm_to_time as time
from tests.chaos.fault import Fault
from tests.chaos.ground import QUICK, Servers
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
        _GOES_ON, 60, programs.kill_at_a_crash_point, "programs", alone=programs.kill_at_every_crash_point,
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
    Fault("API killed", "kill -9 while it answers.", "The caller asks again under the same key and gets one job.", 30, door.kill_the_door, "programs", alone=door.kill_the_door_while_it_answers),
    Fault(
        "API killed around its commit", "kill -9 before or after the commit of a post.",
        "Before: nothing was accepted. After: it goes out. Asked again, it is one job.", 30,
        door.kill_the_door_at_a_crash_point, "programs", alone=door.kill_the_door_at_every_crash_point,
        tests=(f"{_KILLED}::test_what_was_not_committed_was_not_accepted", f"{_KILLED}::test_what_was_committed_goes_out_though_nobody_was_woken"),
    ),
]  # fmt: skip

_REDIS = [
    Fault("Redis emptied", "FLUSHALL.", "Nothing: it only wakes workers.", 30, roads.empty_redis, "roads"),
    Fault("Redis killed", "kill -9; back with its file.", "Workers find the work by themselves.", 30, roads.kill_redis, "roads"),
    Fault("Redis killed with its file", "kill -9; back empty.", "Workers find the work by themselves.", 30, roads.kill_redis_and_its_file, "roads"),
    Fault("Redis frozen", "SIGSTOP for seconds.", "One publish waits a second for it, then nobody.", 30, roads.freeze_redis, "roads"),
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


_TIME = [
    Fault("all workers down ten minutes", "kill -9 to all; ten minutes later they start again.", "What came due meanwhile goes out late, once.", 60, time.all_workers_down_ten_minutes),
    Fault("PostgreSQL down a quarter of an hour", "The workers' road to it ends; the clocks jump over 15 minutes in which nobody posts.", "As soon as it is back, all goes on.", 60, time.database_down_a_quarter_hour, databases=("postgres",)),
    Fault("Redis down a quarter of an hour", "kill -9; a post goes out, the clocks jump over 15 minutes in which nobody posts, another goes out; it is started.", "Workers find the work by themselves; what came due meanwhile goes out late, once.", 30, time.redis_down_a_quarter_hour),
    Fault("clock an hour ahead", "Dravo's clock alone jumps and is set right seconds later.", "What was being sent is looked up; a look-up proves nothing while the clocks differ. What was put off by the wrong clock waits until that time. What was begun by it and then looks older than its attempt is a question for a person, not absent.", 3600, time.set_the_clock_an_hour_ahead),
    Fault("clock an hour back", "Dravo's clock alone jumps and is set right seconds later.", "Posts wait until their time comes again.", 90, time.set_the_clock_an_hour_back),
    Fault("clock a little wrong", "By one or two seconds, in either direction, for a moment.", "Nothing.", 60, roads.step_the_clock, "roads"),
    Fault("29 February", "Posts are due in the first seconds of the leap day.", "They go out on time.", 60, time.live_through_a_leap_day),
    Fault("summer time begins", "Posts are due in the hour that people's clocks leave out.", "Times are instants: they go out on time.", 60, time.live_through_summer_time),
    Fault("summer time ends", "Posts are due in the hour that people's clocks show twice.", "Times are instants: they go out on time, once.", 60, time.live_through_winter_time),
    Fault(
        "500 to 504 for an hour", "Every answer to a post is a 500, and some of the posts are public all the same; adapters take 502 to 504 alike.",
        "Looked up, and tried up to five times in all, within two hours: then it is out, or has failed with a reason.", 60, time.answer_with_errors_for_an_hour,
        tests=("tests/services/publishing/test_outcome.py::test_a_retry_waits_longer_each_time_and_ends_after_five_tries_in_two_hours",
               "tests/flow/test_what_the_network_does_wrong_is_told_as_it_is.py::test_a_network_that_is_away_gets_the_post_when_it_is_back",
               "tests/providers/test_contract.py::test_a_broken_write_is_unknown_and_a_broken_read_is_nothing"),
        engine=replace(QUICK, backoff_seconds=Engine().backoff_seconds), look=time.look_at_the_hour,
    ),
    Fault("upgrade with deliveries in flight", "SIGTERM, ./dravo migrate, start.", "Workers finish or hand back; the rest is taken over.", 60, time.upgrade_with_deliveries_in_flight),
]  # fmt: skip

_CROWDS = [
    Fault("same task a hundred times", "The wake-up is queued 100 times, also for canceled and published posts.", "Nothing more than once.", 30, crowds.queue_the_task_a_hundred_times),
    Fault(
        "cancel races release", "1,000 cancels within a tenth of a second of the post's time.", "Exactly one wins, and the answer agrees with what happened.", 60,
        crowds.cancel_at_the_last_moment, tests=("tests/flow/test_a_scheduled_post_goes_out_on_time.py::test_a_cancel_at_the_last_moment_wins_or_loses_and_says_so",),
    ),
    Fault("3,000 due in one second", "30 posts to 100 accounts, due a millisecond apart, asked for in another order.", "All go out, each account's in the order of their times.", 180, crowds.three_thousand_in_one_second, look=crowds.out_of_order, engine=crowds.PATIENT),
    Fault("disconnect during delivery", "Accounts are disconnected while their posts go out, and connected again.", "What was scheduled is canceled; the rest ends with a reason or goes out.", 60, crowds.disconnect_during_delivery),
    Fault("disk full", "No file of a worker may grow for a second or two.", "What can't be written down isn't sent; what was sent is looked up.", 60, programs.fill_the_disk, "programs", ("sqlite",)),
]  # fmt: skip

_CONTRACT = "tests/providers/test_contract.py"
_FLOW = "tests/flow/test_what_the_network_does_wrong_is_told_as_it_is.py"
_ZOMBIE = "tests/flow/test_a_zombie_does_not_post.py"
_SUPERVISED = "tests/start/test_supervising.py"

_SHOWN_BY_TESTS = [
    Fault("parent killed", "kill -9 of the supervisor, or of a server's master.", "Nothing outlives it, so that no second server meets the first.", 5,
          tests=(f"{_SUPERVISED}::test_nothing_outlives_a_killed_supervisor", "tests/start/test_lifeline.py::test_a_servers_own_worker_ends_with_its_killed_master")),
    Fault("child killed", "kill -9 of one of its processes.", "Started again at once; after five quick deaths with pauses.", 1,
          tests=(f"{_SUPERVISED}::test_a_killed_process_is_back_within_half_a_second", f"{_SUPERVISED}::test_five_quick_deaths_bring_a_pause_and_never_an_end")),
    Fault("worker frozen before, in and after its request", "SIGSTOP at that very place, for two leases.", "It sends nothing, writes nothing.", 30,
          tests=(f"{_ZOMBIE}::test_a_worker_frozen_before_its_request_never_sends_it", f"{_ZOMBIE}::test_the_late_answer_of_a_worker_frozen_after_its_request_is_dropped",
                 f"{_ZOMBIE}::test_a_worker_frozen_with_a_fresh_claim_finds_it_taken")),
    Fault("worker killed, with the real times", "kill -9 in a conversation, with a lease of 30 s.", "Another goes on.", 60,
          tests=(f"{_KILLED}::test_with_real_times_it_goes_on_within_a_minute_on_both_databases",)),
    Fault("SIGTERM", "In the middle of conversations.", "Finished, or handed back, within 30 s.", 30,
          tests=("tests/flow/test_sigterm_loses_nothing.py::test_what_is_under_way_is_finished_and_the_rest_left_to_others",
                 "tests/flow/test_sigterm_loses_nothing.py::test_what_does_not_end_in_time_is_left_and_its_request_outwaited")),
    Fault("answer lost after the network published", "The post is public, the connection closes without a word.", "Looked up and found; one post.", 60,
          tests=(f"{_FLOW}::test_every_trouble_ends_as_it_should_on_every_network", f"{_CONTRACT}::test_a_broken_write_is_unknown_and_a_broken_read_is_nothing")),
    Fault("connection refused, name not found", "No connection is made.", "Nothing can have been published: tried again.", 60,
          tests=(f"{_CONTRACT}::test_nothing_was_published_where_no_connection_was_made",)),
    Fault("bad certificate", "TLS fails.", "Nothing can have been published: tried again.", 60,
          tests=(f"{_CONTRACT}::test_nothing_was_published_where_tls_failed", "tests/outbound/test_tls.py::test_another_name_at_the_same_address_gets_no_request")),
    Fault("silence, one byte a second, half an answer", "The network takes for ever, or stops in the middle.", "A call ends after 30 s; what may have arrived is looked up.", 60,
          tests=(f"{_CONTRACT}::test_a_broken_write_is_unknown_and_a_broken_read_is_nothing", "tests/providers/test_http.py::test_one_long_silence_ends_with_the_whole",
                 "tests/outbound/test_limits.py::test_a_body_in_single_bytes_ends_in_time_too")),
    Fault("reset in the middle of an upload", "The connection breaks while pictures go up.", "Nothing is public; begun anew.", 60,
          tests=("tests/providers/test_x_media.py::test_a_post_that_breaks_after_its_pictures_is_unknown", f"{_CONTRACT}::test_a_reset_before_the_request_was_read")),
    Fault("HTML, empty, huge, packed, wrong types", "An answer that is none.", "It proves nothing: looked up.", 60,
          tests=(f"{_CONTRACT}::test_an_answer_of_the_wrong_kind_proves_nothing", f"{_FLOW}::test_every_trouble_ends_as_it_should_on_every_network")),
    Fault("200 with an error inside", "Success by its number, not by its words.", "It proves nothing: looked up.", 60,
          tests=(f"{_CONTRACT}::test_an_answer_of_the_wrong_kind_proves_nothing", "tests/providers/test_mastodon.py::test_snacs_silent_refusals")),
    Fault("429", "Retry-After in seconds, as a date, missing, absurd.", "Waits as asked, at most a day; uses up no try; the account's other posts wait, too.", 86_400,
          tests=(f"{_CONTRACT}::test_a_wait_has_an_end", f"{_FLOW}::test_a_throttled_account_waits_and_holds_back_nobody_else")),
    Fault("401 in the middle", "The token has ended.", "Renewed once, then sent.", 60, tests=(f"{_FLOW}::test_an_expired_token_is_renewed_once_and_the_post_goes_out",)),
    Fault("workers die between the steps of a publish", "kill -9 after the upload and at the look whether it is ready.", "Goes on with what the network has; one post.", 60,
          tests=("tests/flow/test_a_slow_picture_is_waited_for_and_posted_once.py::test_workers_that_die_at_the_upload_and_at_the_look_leave_one_post",)),
    Fault("100 identical requests at once", "The same post under one key.", "One job.", 10,
          tests=("tests/api/test_idempotency.py::test_a_hundred_identical_requests_at_once_make_one_job",)),
    Fault("database hangs at SIGTERM", "Somebody holds the write lock while a worker is to end.", "It ends all the same; another goes on.", 60, databases=("sqlite",),
          tests=("tests/flow/test_sigterm_loses_nothing.py::test_a_database_that_hangs_keeps_no_worker_from_ending",)),
]  # fmt: skip

FAULTS: list[Fault] = [*_PROGRAMS, *_REDIS, *_DATABASE, *_NETWORK, *_road_faults(), *_TIME, *_CROWDS, *_SHOWN_BY_TESTS]
