"""Harm to what Dravo depends on: Redis, the database, the networks, and the roads to them. Each leaves all well again."""

import random
import time
from collections.abc import Callable

import sqlalchemy
from sqlalchemy.exc import SQLAlchemyError

from dravo_app import db
from tests.chaos.ground import Ground
from tests.chaos.harm_to_programs import wipe_redis
from tests.chaos.proxy import Proxy, Trouble, bring

Harm = Callable[[Ground, random.Random], None]

LONGEST_HOLD_SECONDS = 2.0
"""A request that a road holds back arrives in the end; longer than `settle_seconds` nobody waits for it."""


def on_redis_road(trouble: Trouble) -> Harm:
    return lambda ground, chance: _trouble(ground.redis_road, trouble, chance)


def on_database_road(trouble: Trouble) -> Harm:
    def harm(ground: Ground, chance: random.Random) -> None:
        assert ground.database_road is not None
        _trouble(ground.database_road, trouble, chance)

    return harm


def on_network_road(trouble: Trouble) -> Harm:
    return lambda ground, chance: _trouble(ground.sandbox_road, trouble, chance)


def empty_redis(ground: Ground, _chance: random.Random) -> None:
    ground.redis.flush()


def kill_redis(ground: Ground, chance: random.Random) -> None:
    """It comes back with what it had written down."""
    ground.redis.kill()
    time.sleep(chance.uniform(0.5, 2.0))
    ground.redis.start()


def kill_redis_and_its_file(ground: Ground, chance: random.Random) -> None:
    ground.redis.kill()
    wipe_redis(ground.folder)
    time.sleep(chance.uniform(0.5, 2.0))
    ground.redis.start()


def freeze_redis(ground: Ground, chance: random.Random) -> None:
    ground.redis.freeze()
    time.sleep(chance.uniform(1.0, 3.0))
    ground.redis.thaw()


def restart_postgres(ground: Ground, chance: random.Random) -> None:
    """As after a power cut."""
    server = ground.servers.postgres
    assert server is not None
    server.stop()
    time.sleep(chance.uniform(0.0, 1.0))
    server.start()


def hold_a_lock(ground: Ground, chance: random.Random) -> None:
    """Somebody else holds SQLite's write lock, or PostgreSQL's table of deliveries."""
    statement = (
        "BEGIN; LOCK TABLE delivery IN ACCESS EXCLUSIVE MODE" if ground.kind == "postgres" else "BEGIN IMMEDIATE"
    )
    engine = sqlalchemy.create_engine(ground.database_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
            time.sleep(chance.uniform(1.0, 3.0))
            connection.exec_driver_sql("ROLLBACK")
    except SQLAlchemyError:
        pass  # the database is away, which is trouble enough
    finally:
        engine.dispose()


def kill_the_network(ground: Ground, chance: random.Random) -> None:
    """What it had shown is there when it comes back."""
    ground.sandbox.kill()
    time.sleep(chance.uniform(0.5, 2.0))
    ground.sandbox.start()


def make_the_network_ill(ground: Ground, chance: random.Random) -> None:
    """Two answers of three are some trouble."""
    ground.sandbox.faults(network="*", rate=0.66, seed=chance.randrange(2**31))
    time.sleep(chance.uniform(1.0, 3.0))
    ground.sandbox.faults(network="*", rate=None)


def make_the_network_slow(ground: Ground, chance: random.Random) -> None:
    ground.sandbox.faults(network="*", latency_seconds=1.0)
    time.sleep(chance.uniform(1.0, 3.0))
    ground.sandbox.faults(network="*", latency_seconds=None)


def step_the_clock(ground: Ground, chance: random.Random) -> None:
    """Dravo's clock is set wrong by a second or two, in either direction, and set right again."""
    seconds = chance.choice((-2.0, -1.0, 1.0, 2.0))
    ground.time.move(seconds)
    time.sleep(chance.uniform(0.5, 1.5))
    ground.time.move(-seconds)


def forget_pooled_connections() -> None:
    """This process's own: those to a server that was stopped."""
    db.dispose()


def _trouble(road: Proxy, trouble: Trouble, chance: random.Random) -> None:
    bring(road, trouble, is_up=chance.random() < 0.5)
    time.sleep(chance.uniform(0.3, LONGEST_HOLD_SECONDS))
    road.heal()
