"""The split of the benchmark's films, on a few lines."""

from __future__ import annotations

from bench.films import items, likes, parted


def test_a_like_is_the_first_time_and_the_best_rating() -> None:
    assert likes(["2::7::6::300", "1::9::5::100", "2::7::10::200", "1::8::7::400"]) == [
        (1, 8, 7.0, 400),
        (2, 7, 10.0, 200),
    ]


def test_only_users_who_are_known_are_foretold() -> None:
    before, after, unknown = (1, 8, 7.0, 99), (1, 9, 6.0, 100), (2, 9, 6.0, 101)
    assert parted([before, after, unknown], at=100) == ([before], [after])
    assert parted([], at=100) == ([], [])


def test_tags_are_the_genres_and_the_decade() -> None:
    assert list(items(["1::Night (1994)::Drama|War", "2::No year::Drama", "3::Alone (2003)", "4::::"])) == [
        (1, "Night (1994)", "Drama|War|decade:1990s"),
        (2, "No year", "Drama"),
        (3, "Alone (2003)", "decade:2000s"),
        (4, "", ""),
    ]
