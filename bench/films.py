"""The split by time of MovieTweetings that the documentation measures on: items.csv, train.csv and test.csv.

    python -m bench.films SNAPSHOT FOLDER

SNAPSHOT: a folder with the `movies.dat` and `ratings.dat` of the data set's snapshot "100K". A rating of six or more
is a like, one for each user and film: its first time, its best rating as the weight. What comes from SPLIT_AT on is
foretold, of users who had liked something before. Tags are the genres and the decade.
"""

from __future__ import annotations

import argparse
import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Unix seconds: the newest fifth of the likes comes after it.
SPLIT_AT = 1375219182
LEAST_RATING = 6

Like = tuple[int, int, float, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    train, test = parted(likes((options.snapshot / "ratings.dat").read_text(encoding="utf-8").splitlines()))
    films = items((options.snapshot / "movies.dat").read_text(encoding="utf-8", errors="replace").splitlines())
    options.folder.mkdir(parents=True, exist_ok=True)
    _write(options.folder / "items.csv", ("item_id", "title", "tags"), films)
    _write(options.folder / "train.csv", ("user_id", "item_id", "weight", "ts"), train)
    _write(options.folder / "test.csv", ("user_id", "item_id", "ts"), ((user, item, ts) for user, item, _, ts in test))
    print(f"{len(train)} training events, {len(test)} test events of {len({user for user, *_ in test})} users")


def likes(lines: Iterable[str]) -> list[Like]:
    """Return user, item, weight and time of each like, by user and item."""
    times: dict[tuple[int, int], int] = {}
    weights: dict[tuple[int, int], float] = {}
    for line in lines:
        user, item, rating, ts = map(int, line.split("::"))
        if rating >= LEAST_RATING:
            pair = user, item
            times[pair] = min(ts, times.get(pair, ts))
            weights[pair] = max(float(rating), weights.get(pair, 0.0))
    return [(*pair, weights[pair], times[pair]) for pair in sorted(times)]


def parted(found: Iterable[Like], at: int = SPLIT_AT) -> tuple[list[Like], list[Like]]:
    """Return what came before, and what came after of users who are known from before."""
    train: list[Like] = []
    later: list[Like] = []
    for like in found:
        (train if like[3] < at else later).append(like)
    known = {user for user, *_ in train}
    return train, [like for like in later if like[0] in known]


def items(lines: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield key, title and tags of each film; one may have no genre, or no year."""
    for line in lines:
        key, _, rest = line.partition("::")
        title, _, genres = rest.partition("::")
        year = re.search(r"\((\d{3})\d\)\s*$", title)
        tags = [genres] if genres else []
        if year:
            tags.append(f"decade:{year[1]}0s")
        yield int(key), title, "|".join(tags)


def _write(path: Path, head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
