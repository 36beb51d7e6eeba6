"""`docs/lifecycle.md` draws the table that the code moves by: no arrow more, no arrow less."""

import re
from pathlib import Path

from dravo_app.models import DeliveryState
from dravo_app.providers.registry import PROVIDERS
from dravo_app.services.publishing import outcome, reconcile
from dravo_app.services.publishing.lifecycle import FINAL, LEGAL, shown
from dravo_app.services.publishing.rollup import status_of
from dravo_app.settings import Engine

PAGE = (Path(__file__).parent.parent.parent / "docs" / "lifecycle.md").read_text()
ARROW = re.compile(r"^ +(\w+|\[\*\]) --> (\w+|\[\*\])(?:: ([A-Z]) .+)?$", re.MULTILINE)
ROW = re.compile(r"^\| `(\w+)` \| `(\w+)`[^|]*\| ([^|]*) \|", re.MULTILINE)
LETTERED = re.compile(r"^\| ([A-Z]) \| `(\w+)` → `(\w+)` \| .+ \|$", re.MULTILINE)


def test_the_diagram_has_exactly_the_legal_changes() -> None:
    drawn = {(before, after) for before, after, _ in ARROW.findall(PAGE) if "[*]" not in (before, after)}
    assert drawn == {(before.value, after.value) for before, afters in LEGAL.items() for after in afters}


def test_the_diagram_ends_where_the_code_ends() -> None:
    ends = {before for before, after, _ in ARROW.findall(PAGE) if after == "[*]"}
    assert ends == {state.value for state, afters in LEGAL.items() if not afters}
    assert ends <= {state.value for state in FINAL}


def test_every_letter_of_the_diagram_is_explained_once() -> None:
    drawn = {letter: (before, after) for before, after, letter in ARROW.findall(PAGE) if "[*]" not in (before, after)}
    told = {letter: (before, after) for letter, before, after in LETTERED.findall(PAGE)}
    assert len(LETTERED.findall(PAGE)) == len(told) == sum(len(afters) for afters in LEGAL.values())
    assert drawn == told


def test_the_table_has_every_state_with_the_word_v1_shows() -> None:
    rows = {state: word for state, word, _ in ROW.findall(PAGE)}
    assert rows == {state.value: shown(state, fence=0) for state in DeliveryState}


def test_the_table_says_where_each_state_may_go() -> None:
    following = {state: set(re.findall(r"`(\w+)`", cell)) for state, _, cell in ROW.findall(PAGE)}
    assert following == {state.value: {after.value for after in afters} for state, afters in LEGAL.items()}


def test_the_page_says_that_a_job_never_moves_backwards() -> None:
    assert shown(DeliveryState.QUEUED, fence=1) == "processing"
    assert "`queued` (`processing` once it was claimed before)" in PAGE


def test_the_page_rolls_up_as_the_code_does() -> None:
    rows = re.findall(r"^\| ((?:`\w+` ?)+)\| `(\w+)` \|$", PAGE, re.MULTILINE)
    told = dict(rows)
    assert len(rows) == len(told) >= 12
    assert told == {cell: status_of((word, 0) for word in re.findall(r"`(\w+)`", cell)) for cell in told}


def test_the_page_names_the_real_numbers() -> None:
    assert "five tries" in PAGE and outcome.MAX_TRIES == 5
    assert "two look-ups" in PAGE and reconcile.LOOKS_NEEDED == 2
    assert "twelve times" in PAGE and reconcile.MAX_LOOKS == 12
    assert "24 hours" in PAGE and outcome.MAX_WAIT.total_seconds() == 24 * 3600
    engine = Engine()
    assert f"{engine.lease_seconds:.0f} s and extends that every {engine.heartbeat_seconds:.0f} s" in PAGE
    adapters = [
        f"{PROVIDERS[slug].name} {PROVIDERS[slug].capabilities.visible_within_seconds:.0f} s" for slug in PROVIDERS
    ]
    assert all(said in PAGE.replace("\n", " ") for said in adapters)
