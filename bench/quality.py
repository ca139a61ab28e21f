"""How good feeds are, over any folder of items.csv, train.csv and test.csv, by the commands that anybody would use.

    python -m bench.quality FOLDER [--exact] [--model NAME] [--repeat]

items.csv: item_id, title, tags; train.csv: user_id, item_id, weight, ts; test.csv: user_id, item_id. Everything is
ranked, what a user had in training is out, NDCG@10 is binary with an ideal of min(10, positives), and all means are
over all users of the test: who has no feed counts 0. Baselines: popularity by half-life, and each component by itself
(`--exact`), all over the same users. `--exact` also compares with the exact ranking of the same model in memory.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from psycopg import sql

from bench.databases import connect, installed, server
from jophiel.models import catalogue as catalogues
from jophiel.models import metrics, scorer
from jophiel.models.algorithms import fit
from jophiel.models.training import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jophiel.models.metrics import Accuracy

Feeds = dict[str, list[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--exact", action="store_true", help="compare with the exact ranking in memory")
    parser.add_argument("--model", help="what jophiel train is to fit; chosen by validation otherwise")
    parser.add_argument("--repeat", action="store_true", help="do it all twice: the same feeds?")
    options = parser.parse_args()
    now = datetime.now(UTC)
    with server() as address:
        first = measure(address, options.folder, exact=options.exact, model=options.model, now=now)
        print(json.dumps(first, indent=2))
        if options.repeat:
            again = measure(address, options.folder, exact=False, model=options.model, now=now)
            print("repeated: the same" if again["feeds"] == first["feeds"] else "repeated: NOT the same")


def measure(address: str, folder: Path, *, exact: bool, model: str | None, now: datetime) -> dict[str, Any]:
    """Go the way of a user of the command line, at one moment, and compare what comes out with the test."""
    with installed(address) as url, tempfile.TemporaryDirectory() as scratch:
        _stop_clock(url, now)
        out = Path(scratch) / "recs.csv"
        seconds = {}
        for name, arguments in (
            ("import", ["import", "--items", str(folder / "items.csv"), "--interactions", str(folder / "train.csv")]),
            ("train", ["train", *(["--model", model] if model else [])]),
            ("batch", ["batch", "run"]),
            ("export", ["export", "feeds", "--top", "20", "--out", str(out)]),
        ):
            began = time.perf_counter()
            _run(url, arguments)
            seconds[name] = round(time.perf_counter() - began, 1)
        feeds = _feeds(out)
        found: dict[str, Any] = {"seconds": seconds, "load": os.getloadavg()[0], "model": _active(url)}
        found |= _judged(folder, feeds)
        if exact:
            found |= _exact(url, folder, feeds)
        found["feeds"] = hash(tuple(sorted((user, *items) for user, items in feeds.items())))
        return found


def _stop_clock(url: str, now: datetime) -> None:
    """Have all connections to come take this for the time.

    Newness fades by the second: scores that differ by the last bit would change places from one run to the next.
    """
    with connect(url) as connection:
        connection.execute(
            sql.SQL("alter database {} set jophiel.now = {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(now.isoformat())
            )
        )


def _run(url: str, arguments: list[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jophiel", *arguments],
        env={**os.environ, "JOPHIEL_DATABASE_URL": url, "PYTHONHASHSEED": "0"},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"jophiel {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def _active(url: str) -> Any:
    models = json.loads(_run(url, ["models", "list", "--json"]))["models"]
    return next(
        ({key: m[key] for key in ("name", "dimensions", "parameters", "weights", "peak_bytes")}
         for m in models if m["state"] == "active"), None,
    )  # fmt: skip


def _feeds(path: Path) -> Feeds:
    feeds: Feeds = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            feeds.setdefault(row["user_id"], []).append(row["item_id"])
    return feeds


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _judged(folder: Path, feeds: Feeds) -> dict[str, Any]:
    """Return the metrics of the feeds and of popularity, and what must not be: seen and unknown items, no feed."""
    items = [row["item_id"] for row in _rows(folder / "items.csv")]
    train, truth = _rows(folder / "train.csv"), _truth(folder)
    history: dict[str, set[str]] = {}
    for row in train:
        history.setdefault(row["user_id"], set()).add(row["item_id"])
    ours = _accuracy(feeds, truth)
    found: dict[str, Any] = {
        "test users": len(truth),
        "feeds by SQL": _summary(ours, feeds, truth, len(items)),
        "seen": sum(item in history.get(user, ()) for user, feed in feeds.items() for item in feed),
        "unknown": len({item for feed in feeds.values() for item in feed} - set(items)),
        "users without a feed": sum(not feeds.get(user) for user in truth),
    }
    for days in (2.0, 7.0, 3650.0):
        best = _popular(train, days)
        lists = {user: [item for item in best if item not in history.get(user, ())][:20] for user in truth}
        theirs = _accuracy(lists, truth)
        name = f"popularity, half-life {days:g} d"
        found[name] = {**_summary(theirs, lists, truth, len(items)), "ours - theirs": _difference(ours, theirs)}
    short = np.array([len(history.get(user, ())) < 5 for user in sorted(truth)])
    found["by history"] = {"under 5": ours.means(short), "5 and more": ours.means(~short)}
    return found


def _truth(folder: Path) -> dict[str, list[str]]:
    truth: dict[str, list[str]] = {}
    for row in _rows(folder / "test.csv"):
        truth.setdefault(row["user_id"], []).append(row["item_id"])
    return truth


def _accuracy(feeds: Feeds, truth: Mapping[str, list[str]]) -> Accuracy:
    """The metrics know integers: users and items are numbered."""
    users = {user: number for number, user in enumerate(sorted(truth))}
    items: dict[str, int] = {}

    def numbered(names: list[str]) -> list[int]:
        return [items.setdefault(name, len(items)) for name in names]

    return metrics.accuracy(
        {users[user]: numbered(feed) for user, feed in feeds.items() if user in users},
        {users[user]: numbered(wanted) for user, wanted in truth.items()},
    )


def _summary(found: Accuracy, feeds: Feeds, truth: Mapping[str, list[str]], items: int) -> dict[str, float]:
    shown = {item for user in truth for item in feeds.get(user, ())[:20]}
    return {
        **{name: round(value, 4) for name, value in found.means().items()},
        "coverage": round(len(shown) / items, 4),
    }


def _difference(ours: Accuracy, theirs: Accuracy) -> dict[str, list[float]]:
    found = {}
    for name in ("ndcg", "recall"):
        i = metrics.interval(getattr(ours, name) - getattr(theirs, name))
        found[name] = [round(value, 4) for value in (i.mean, i.low, i.high)]
    return found


def _popular(train: list[dict[str, str]], days: float) -> list[str]:
    times = np.array([float(row.get("ts") or 0) for row in train])
    mass: dict[str, float] = {}
    for row, weight in zip(train, np.exp2((times - times.max()) / (days * 86_400)).tolist(), strict=True):
        mass[row["item_id"]] = mass.get(row["item_id"], 0) + weight
    return sorted(mass, key=lambda item: (-mass[item], item))[:2000]


def _exact(url: str, folder: Path, feeds: Feeds) -> dict[str, Any]:
    """Return the metrics of the same model's exact ranking in memory, and of its components by themselves."""
    model = _active(url)
    truth = _truth(folder)
    with connect(url) as connection:
        log = read_log(connection).log
        catalogue, engine = catalogues.read_catalogue(connection), catalogues.read_engine(connection)
        keys = {
            kind: dict(connection.execute("select id, key from jophiel.keys where kind = %s", (kind,)).fetchall())
            for kind in ("user", "item")
        }
    numbers = {key: number for number, key in keys["user"].items()}
    users = np.array(sorted(numbers.get(user) or int(user) for user in truth), dtype=np.int64)
    names = {number: keys["user"].get(number, str(number)) for number in users.tolist()}
    parts = model["name"].split("+")
    own = [
        {
            k.removeprefix(f"{part}."): v
            for k, v in model["parameters"].items()
            if len(parts) == 1 or k.startswith(f"{part}.")
        }
        for part in parts
    ]
    fitted = {
        part: fit(
            part,
            log,
            dimensions=model["dimensions"] or 64,
            parameters={k: v for k, v in p.items() if k != "dimensions"},
        )
        for part, p in zip(parts, own, strict=True)
    }
    ours, found = _accuracy(feeds, truth), {}
    weights = model["weights"]
    alone = {kind: {**weights, **dict.fromkeys(KINDS, 0.0), kind: 1.0} for kind in KINDS if weights.get(kind)}
    whole = fitted[parts[0]]
    if len(parts) > 1:
        whole = replace(whole, neighbours=fitted[parts[1]].neighbours)
    for name, chosen in {
        "exact ranking of the same": weights,
        **{f"{kind} alone": w for kind, w in alone.items()},
    }.items():
        lists = scorer.exact_feeds(log, catalogue, users, model=whole, weights=chosen, engine=engine)
        named = {names[user]: [keys["item"].get(item, str(item)) for item in feed] for user, feed in lists.items()}
        theirs = _accuracy(named, truth)
        found[name] = {
            **_summary(theirs, named, truth, len(catalogue.item_ids)),
            "ours - theirs": _difference(ours, theirs),
            "ours / theirs, NDCG": round(ours.ndcg.mean() / max(theirs.ndcg.mean(), 1e-9), 4),
        }
    return found


KINDS = ("similarity", "collaborative", "neighbours", "popularity")

if __name__ == "__main__":
    main()
