"""One publish reaches every account once, and the history says what the network says."""

from tests.support.world import World, working


def test_one_publish_reaches_x_and_bluesky_and_says_where(world: World) -> None:
    accounts = [world.connect("alice"), world.connect("alice", "bluesky")]
    with working():
        job = world.publish("Hello, both of you", *accounts)
        (receipt,) = world.wait_until_final(job)
    assert receipt.status == "published"
    assert {(r.provider, r.platform_post_id) for r in receipt.results} == {
        (item["network"], item["post_id"]) for item in world.visible("Hello, both of you")
    }
    assert all(r.permalink and r.attempts == 1 for r in receipt.results)


def test_a_delivery_tells_each_step_once(world: World) -> None:
    account = world.connect("alice")
    with working():
        job = world.publish("Step by step", account)
        world.wait_until_final(job)
    assert world.states(job) == ["queued", "sending", "published"]


def test_a_job_to_many_accounts_runs_in_parallel(world: World) -> None:
    accounts = [world.connect(f"account{number}") for number in range(40)]
    world.sandbox.faults(network="*", latency_seconds=0.3)
    with working():
        job = world.publish("To all", *accounts)
        (receipt,) = world.wait_until_final(job, seconds=10)
    started = min(attempt.started_at for attempt in world.attempts(job))
    assert receipt.status == "published" and len(world.visible("To all")) == 40
    assert receipt.finished_at is not None
    assert (receipt.finished_at - started).total_seconds() < 40 * 0.3 / 4
