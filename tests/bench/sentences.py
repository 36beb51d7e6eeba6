"""What the posts of the corpus say, where they go and what became of them: plain arithmetic on a post's number."""

from dravo_app.models import NETWORK_BITS

ACCOUNTS = 300
SECOND = 150
"""How far the second account of a post is from its first."""

_WORDS = """
we our you the a new today with for from about this week launch release update version team product people story
morning evening coffee kettle garden window music photo travel city river mountain winter summer spring autumn
open source code server database queue network post account schedule history search filter picture video
customer market price offer discount event meeting talk workshop conference ticket speaker live stream replay
thank happy proud excited ready finally early late small big fast slow quiet loud bright dark blue green red
""".split()  # noqa: SIM905  # a list of words reads better as words

SENTENCES = [
    " ".join(
        _WORDS[(place * 31 + step * step * 7 + step * place) % len(_WORDS)] for step in range(6 + place % 5)
    ).capitalize()
    for place in range(1000)
]
"""A thousand; a post is made of two, its number, and now and then a word of MARKS."""

MARKS = (
    " || CASE WHEN n % 500000 = 77 THEN ' walrus' ELSE '' END"
    " || CASE WHEN n % 9973 = 7 THEN ' heron' ELSE '' END"
    " || CASE WHEN n % 1009 = 7 THEN ' otter' ELSE '' END"
    " || CASE WHEN n % 113 = 7 THEN ' badger' ELSE '' END"
)

STATUS = (
    "CASE WHEN n % 100 < 90 THEN 'published' WHEN n % 100 < 95 THEN 'failed'"
    " WHEN n % 100 < 98 THEN 'partial' ELSE 'canceled' END"
)


def provider_of(account: str) -> str:
    """Half of the accounts on X, the others elsewhere, one on LinkedIn."""
    return _by_network(account, "'linkedin'", "'x'", "'bluesky'", "'mastodon'")


def bits_of(number: str, jobs: int) -> str:
    """A post's `networks`."""
    first, second = account_of(number, number, jobs), account_of(f"{number} + {SECOND}", number, jobs)
    bits = [str(NETWORK_BITS[slug]) for slug in ("linkedin", "x", "bluesky", "mastodon")]
    return f"{_by_network(first, *bits)} | CASE WHEN {number} % 4 = 0 THEN {_by_network(second, *bits)} ELSE 0 END"


def account_of(turn: str, number: str, jobs: int) -> str:
    """Accounts by turns, but account 1 has published only in the first tenth, account 2 only once in a thousand posts."""
    place = f"(({turn}) % {ACCOUNTS}) + 1"
    return (
        f"(CASE WHEN {place} = 1 AND {number} > {jobs // 10} THEN 4"
        f" WHEN {place} = 2 AND {number} % 1000 <> 1 THEN 6 ELSE {place} END)"
    )


def _by_network(account: str, linkedin: str, x: str, bluesky: str, mastodon: str) -> str:
    return (
        f"(CASE WHEN {account} = 3 THEN {linkedin} WHEN {account} % 2 = 0 THEN {x}"
        f" WHEN {account} % 4 = 1 THEN {bluesky} ELSE {mastodon} END)"
    )
