"""The account's own words and pictures come before its network's, and those before the job's."""

import pytest

from dravo_app.services import composition

JOB = ["job.png"]


@pytest.mark.parametrize(
    ("options", "media", "alts", "where"),
    [
        ({}, ("job.png",), (), ("/media_urls", "/alt_texts")),
        ({"x": {"alt_texts": ["A"]}}, ("job.png",), ("A",), ("/media_urls", "/provider_options/x/alt_texts")),
        (
            {"x": {"media_urls": ["net.png"], "alt_texts": ["N"]}},
            ("net.png",),
            ("N",),
            ("/provider_options/x/media_urls", "/provider_options/x/alt_texts"),
        ),
        (
            {"x": {"alt_texts": ["N"], "accounts": {"acc_1": {"alt_texts": ["A"]}}}},
            ("job.png",),
            ("A",),
            ("/media_urls", "/provider_options/x/accounts/acc_1/alt_texts"),
        ),
        (
            {"x": {"alt_texts": ["of other pictures"], "accounts": {"acc_1": {"media_urls": ["own.png"]}}}},
            ("own.png",),
            (),
            ("/provider_options/x/accounts/acc_1/media_urls", "/provider_options/x/accounts/acc_1/alt_texts"),
        ),
        (
            {"x": {"media_urls": ["net.png"], "accounts": {"acc_1": {"media_urls": []}}}},
            (),
            (),
            ("/provider_options/x/accounts/acc_1/media_urls", "/provider_options/x/accounts/acc_1/alt_texts"),
        ),
        ({"bluesky": {"media_urls": [], "alt_texts": ["B"]}}, ("job.png",), (), ("/media_urls", "/alt_texts")),
    ],
)
def test_pictures_and_their_descriptions_belong_together(
    options: dict[str, object], media: tuple[str, ...], alts: tuple[str, ...], where: tuple[str, str]
) -> None:
    named = (options, "x", "acc_1")
    assert composition.media_for(JOB, *named) == media
    assert composition.alt_texts_for(*named) == alts
    assert (composition.media_pointer(*named), composition.alts_pointer(*named)) == where
