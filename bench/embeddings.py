"""What is left of sentence embeddings in a few coordinates: principal directions against random projections.

    python -m bench.embeddings FOLDER [--items N] [--seed N]

FOLDER has items.csv (item_id, title, tags). Titles and tags are embedded by all-MiniLM-L6-v2; directions are fitted on
one half of the items, and everything is measured on the other half: how many of an item's ten nearest are kept
(recall), how cosines before and after go together (correlation), and how far they are apart (root mean square).
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jophiel.embeddings.catalogue import principal_directions
from jophiel.embeddings.minilm import MiniLM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_NEAREST = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--items", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = np.random.default_rng(options.seed)
    with (options.folder / "items.csv").open(encoding="utf-8", newline="") as file:
        texts = [f"{row['title']}. {row['tags'].replace('|', ', ')}" for row in csv.DictReader(file)]
    chosen = draw.permutation(len(texts))[: options.items]
    vectors = MiniLM().encode([texts[place] for place in chosen]).astype(np.float64)
    fitted, held_out = np.array_split(vectors, 2)
    print("| coordinates | projection | recall@10 | correlation | rms |")
    print("| --- | --- | --- | --- | --- |")
    for count in (32, 64, 96, 128):
        shape = (vectors.shape[1], count)
        sketch = np.zeros(shape)
        sketch[np.arange(shape[0]), draw.integers(0, count, shape[0])] = draw.choice([-1, 1], shape[0])
        for name, projection in (
            ("count sketch", sketch),
            ("Gaussian", draw.normal(size=shape)),
            ("principal directions", principal_directions(fitted, count).T),
        ):
            recall, correlation, rms = compare(held_out, held_out @ projection)
            print(f"| {count} | {name} | {recall:.3f} | {correlation:.3f} | {rms:.3f} |")


def compare(vectors: Floats, projected: Floats) -> tuple[float, float, float]:
    """Return recall of the nearest, correlation and root mean square difference of the cosines of all pairs."""
    before, after = cosines(vectors), cosines(projected)
    near, kept = nearest(before), nearest(after)
    recall = np.mean([len(set(one) & set(other)) / _NEAREST for one, other in zip(near, kept, strict=True)])
    pairs = np.triu_indices(len(vectors), 1)
    rms = np.sqrt(np.mean((before[pairs] - after[pairs]) ** 2))
    return float(recall), float(np.corrcoef(before[pairs], after[pairs])[0, 1]), float(rms)


def cosines(vectors: Floats) -> Floats:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def nearest(found: Floats) -> NDArray[np.intp]:
    return np.argsort(-(found - 2 * np.eye(len(found))), axis=1)[:, :_NEAREST]


if __name__ == "__main__":
    main()
