"""Tastes and reasons in words, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jophiel.database.rows import Reason

_COMPONENTS = {
    "similarity": "similar taste",
    "collaborative": "liked by people like you",
    "neighbours": "goes with what was liked",
    "following": "following",
    "novelty": "new",
    "popularity": "popular",
    "category": "popular in interests",
    "penalty": "already acted on",
}
_LEAST_SHOWN = 0.005


def taste_rows(taste: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (feature, preference) for each feature of what `describe_taste` says, the clearest preference first."""
    features: dict[str, dict[str, float]] = taste.get("terms", {})
    numbers: dict[str, dict[str, float]] = taste.get("numeric", {})
    ordered = sorted(features.items(), key=lambda feature: (-max(feature[1].values(), default=0), feature[0]))
    rows = [(name, words) for name, terms in ordered if (words := _terms(terms))]
    return rows + [
        (name, f"{value['mean']:.4g} ± {value.get('spread', 0):.2g}")
        for name, value in sorted(numbers.items())
        if "mean" in value
    ]


def _terms(terms: dict[str, float]) -> str:
    ranked = sorted(terms.items(), key=lambda term: (-abs(term[1]), term[0]))
    liked = ", ".join(f"{term} {weight:.0%}" for term, weight in ranked if weight >= _LEAST_SHOWN)
    disliked = ", ".join(term for term, weight in ranked if weight <= -_LEAST_SHOWN)
    return "; ".join(part for part in (liked, f"not {disliked}" if disliked else "") if part)


def reasons_in_words(reasons: Iterable[Reason]) -> str:
    """Return "similar taste 0.71 + following 0.50 + new 0.12": the contributions that count, the greatest first."""
    ranked = sorted(reasons, key=lambda reason: -abs(reason.contribution))
    shown = [reason for reason in ranked if abs(reason.contribution) >= _LEAST_SHOWN] or ranked[:1]
    return " + ".join(f"{_COMPONENTS.get(r.component, r.component)} {r.contribution:.2f}" for r in shown)
