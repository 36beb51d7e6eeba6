"""The safeguards: the six without which the promise falls, then others that hold it up. Each with the tests that are to notice."""

from tests.mutations.mutation import Edit, Mutation

_PUBLISHING = "dravo_app/services/publishing"
_RESTORE = "tests/flow/test_after_a_restore_nothing_goes_out_twice.py"
_SAME_WORDS = "tests/flow/test_the_same_words_twice_are_two_posts.py"
_ONE_AT_A_TIME = "tests/flow/test_one_account_gets_one_post_at_a_time.py"
_RECONCILE = "tests/services/publishing/test_reconcile.py"
_OUTDATED = "tests/services/publishing/test_outdated_claims.py"
_WAKEUP = "tests/services/publishing/test_wakeup.py"
_INDEX = """            "uq_delivery_in_flight",
            ["account_key"],
            unique=True,
"""

_BEGIN = """            opened = db.insistently(lambda session: opening.open_all(session, claims), _OPEN_SECONDS)
"""
_SUBMIT = """        for one in opened:
            self._pool.submit(self._carry, one)

"""
_ALL_AT_ONCE = """    def _open_and_carry(self, session: Session, claims: Sequence[Claim]) -> list[Opened]:
        opened = opening.open_all(session, claims)
        for one in opened:
            self._carry(one)
        return opened

"""

THE_SIX = (
    Mutation(
        "the fence",
        (
            Edit(
                f"{_PUBLISHING}/claims.py",
                "for delivery in locked if delivery.fence == fences[delivery.key or 0]}",
                "for delivery in locked}",
            ),
        ),
        (_OUTDATED,),
    ),
    Mutation(
        "the claim's look at what is in flight",
        (
            Edit(
                f"{_PUBLISHING}/dispatch.py",
                "may_send = and_(col(Delivery.state) == DeliveryState.QUEUED, col(AccountGate.in_flight_key).is_(None))",
                "may_send = col(Delivery.state) == DeliveryState.QUEUED",
            ),
        ),
        (f"{_ONE_AT_A_TIME}::test_two_claimers_at_once_get_one_delivery_of_an_account[sqlite]",),
    ),
    Mutation(
        "the attempt's commit before the request",
        (
            Edit(f"{_PUBLISHING}/intake.py", _BEGIN, _BEGIN.replace("opening.open_all", "self._open_and_carry")),
            Edit(f"{_PUBLISHING}/intake.py", _SUBMIT, "\n" + _ALL_AT_ONCE),
        ),
        ("tests/services/publishing/test_written_before_sent.py",),
    ),
    Mutation(
        "the unique index, one in flight per account",
        (
            Edit(
                "dravo_app/models/delivery.py",
                'Index("uq_delivery_in_flight", "account_key", unique=True, ',
                'Index("uq_delivery_in_flight", "account_key", ',
            ),
            Edit("alembic/versions/0001_first_tables.py", _INDEX, _INDEX.replace("unique=True", "unique=False")),
        ),
        (f"{_ONE_AT_A_TIME}::test_the_database_itself_refuses_a_second_sending_row[sqlite]",),
    ),
    Mutation(
        "the parent-death signal",
        (
            Edit(
                "dravo_app/starting/lifeline.py",
                "        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)\n",
                "        pass\n",
            ),
        ),
        ("tests/start/test_lifeline.py",),
    ),
    Mutation(
        "the wait for the commit before the wake-up",
        (Edit(f"{_PUBLISHING}/wakeup.py", "    db.after_commit(session, _wake)\n", "    _wake()\n"),),
        (_WAKEUP,),
    ),
    Mutation(
        "the wake-up after the commit",
        (Edit(f"{_PUBLISHING}/wakeup.py", "    db.after_commit(session, _wake)\n", ""),),
        (_WAKEUP,),
    ),
)
"""The last safeguard is taken out in two ways: sent too early, and not at all."""

MORE = (
    Mutation(
        "the lease on a look-up",
        (
            Edit(
                f"{_PUBLISHING}/dispatch.py",
                "and_(col(Delivery.state).in_([DeliveryState.PROCESSING, DeliveryState.UNCONFIRMED]), is_free)",
                "col(Delivery.state).in_([DeliveryState.PROCESSING, DeliveryState.UNCONFIRMED])",
            ),
        ),
        (_OUTDATED,),
    ),
    Mutation(
        "the heartbeat's look at whose lease it is",
        (Edit(f"{_PUBLISHING}/intake.py", "col(Delivery.lease_owner) == owner, ", ""),),
        (_OUTDATED,),
    ),
    Mutation(
        "the posts that a look-up must leave to others",
        (
            Edit(
                f"{_PUBLISHING}/opening.py",
                "taken_post_ids=books.taken.get(delivery.key or 0, frozenset()),",
                "taken_post_ids=frozenset(),",
            ),
        ),
        (f"{_SAME_WORDS}::test_a_look_up_does_not_take_an_earlier_post_for_ours[sqlite]",),
    ),
    Mutation(
        "the doubt about a post that another delivery has",
        (Edit(f"{_PUBLISHING}/closing.py", "    if owner == delivery.key:\n", "    if owner:\n"),),
        (f"{_OUTDATED}::test_two_looks_that_find_one_post_at_one_moment_give_it_to_one[sqlite]",),
    ),
    Mutation(
        "the look at the lease before each request",
        (
            Edit(
                "dravo_app/services/networks.py",
                "return http.make_client(_connections(), before_sending=refuse_when_outdated)",
                "return http.make_client(_connections())",
            ),
        ),
        (f"{_OUTDATED}::test_it_sends_nothing[sqlite]",),
    ),
    Mutation(
        "the wait for a request that may be under way",
        (
            Edit(
                f"{_PUBLISHING}/reconcile.py",
                "_left_by(sent) + timedelta(seconds=get_settings().engine.settle_seconds)",
                "_left_by(sent)",
            ),
        ),
        (_RECONCILE,),
    ),
    Mutation(
        "the wait until a post must be visible",
        (
            Edit(
                f"{_PUBLISHING}/reconcile.py",
                "return ended_at + timedelta(seconds=networks.visible_within_seconds(delivery.environment, adapter))",
                "return ended_at",
            ),
        ),
        (_RECONCILE,),
    ),
    Mutation(
        "the second look that proves absence",
        (Edit(f"{_PUBLISHING}/reconcile.py", "LOOKS_NEEDED = 2\n", "LOOKS_NEEDED = 1\n"),),
        (_RECONCILE,),
    ),
    Mutation(
        "the doubt about what a lost worker sent",
        (
            Edit(
                f"{_PUBLISHING}/reconcile.py",
                "    if attempts.close_lost(session, delivery, now) is not None:\n",
                "    if attempts.close_lost(session, delivery, now) is None:\n",
            ),
        ),
        (_RECONCILE,),
    ),
    Mutation(
        "the index that lets a post answer for one delivery",
        (
            Edit(
                "dravo_app/models/delivery.py",
                '"account_key", "platform_post_id", unique=True)',
                '"account_key", "platform_post_id")',
            ),
            Edit(
                "alembic/versions/0001_first_tables.py",
                '"uq_delivery_post", ["account_key", "platform_post_id"], unique=True)',
                '"uq_delivery_post", ["account_key", "platform_post_id"], unique=False)',
            ),
        ),
        (f"{_SAME_WORDS}::test_the_database_itself_refuses_a_second_delivery_for_one_post[sqlite]",),
    ),
    Mutation(
        "the refusal to retry what may be public",
        (
            Edit(
                f"{_PUBLISHING}/retry.py",
                "    if error_code not in _SENT_AGAIN:\n",
                "    if error_code not in _SENT_AGAIN | {OutcomeUnknown.code}:\n",
            ),
        ),
        ("tests/services/publishing/test_retry.py",),
    ),
    Mutation(
        "the release's look at the job's status",
        (
            Edit(
                f"{_PUBLISHING}/release.py",
                ".where(IS_SCHEDULED, col(PublishJob.scheduled_at) <= now)",
                ".where(col(PublishJob.scheduled_at) <= now)",
            ),
            Edit(
                f"{_PUBLISHING}/release.py",
                "where(col(PublishJob.key).in_(keys), IS_SCHEDULED)",
                "where(col(PublishJob.key).in_(keys))",
            ),
        ),
        ("tests/flow/test_a_scheduled_post_goes_out_on_time.py::test_canceled_before_its_time_it_is_never_posted",),
    ),
    Mutation(
        "the doubt after a request that broke",
        (
            Edit(
                "dravo_app/providers/http.py",
                "raise OutcomeUnknown(detail, provider=provider, is_outage=True) from None",
                "raise ProviderUnavailable(detail, provider=provider, is_outage=True) from None",
            ),
        ),
        ("tests/providers/test_contract.py::test_a_broken_write_is_unknown_and_a_broken_read_is_nothing",),
    ),
    Mutation(
        "the memory of the first try, in a retry",
        (
            Edit(
                f"{_PUBLISHING}/retry.py",
                "    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None\n",
                "    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None\n"
                "    delivery.first_tried_at = delivery.unknown_since = None\n",
            ),
        ),
        ("tests/services/publishing/test_retry.py",),
    ),
    Mutation(
        "the memory of the doubt, when a person says to send again",
        (
            Edit(
                f"{_PUBLISHING}/resolve.py",
                "    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None\n",
                "    delivery.tries, delivery.looks, delivery.run_at, delivery.begun_at = 0, 0, now, None\n"
                "    delivery.first_tried_at = delivery.unknown_since = None\n",
            ),
        ),
        ("tests/services/publishing/test_resolve.py",),
    ),
    Mutation(
        "the look whether the database has gone back in time",
        (
            Edit(
                f"{_PUBLISHING}/release.py",
                "    if watermark.is_behind(session):\n        return 0\n",
                "",
            ),
        ),
        (f"{_RESTORE}::test_a_worker_that_runs_while_the_database_goes_back_claims_nothing_before_the_hold[sqlite]",),
    ),
    Mutation(
        "the look whether a shared commit has committed anything",
        (Edit("dravo_app/db.py", "                    _expect_transaction(connection)\n", ""),),
        ("tests/services/test_shared_commits.py",),
    ),
    Mutation(
        "the choice of the oldest of posts alike",
        (
            Edit(
                "dravo_app/providers/x/lookup.py",
                "                oldest = found\n",
                "                oldest = oldest or found\n",
            ),
        ),
        (f"{_SAME_WORDS}::test_what_has_been_unknown_for_long_does_not_take_a_later_post[x-sqlite]",),
    ),
    Mutation(
        "the claim's own fence, when an older claim is let go",
        (
            Edit(
                f"{_PUBLISHING}/intake.py",
                "is_there = self._untouched.get(claim.delivery_key) == claim",
                "is_there = claim.delivery_key in self._untouched",
            ),
        ),
        ("tests/services/publishing/test_bad_moments.py",),
    ),
    Mutation(
        "the version of the credentials that an answer is about",
        (
            Edit(
                "dravo_app/services/tokens.py",
                "    return account.credentials_version == version\n",
                "    return True\n",
            ),
        ),
        ("tests/services/publishing/test_tokens.py",),
    ),
)

MUTATIONS = THE_SIX + MORE
