"""The patterns of texts that requests may have, and what a text that does not fit one is told."""

from __future__ import annotations

from typing import Final

# No zero byte, which PostgreSQL's texts cannot hold, and something that is no space.
NO_ZERO = r"^[^\x00]*$"
KEY = r"^[^\x00]*[^\s\x00][^\x00]*$"
CURSOR = r"^-?[0-9]{1,19}$"
FEED_CURSOR = r"^-?[0-9]{1,18}\.[0-9]{1,4}$"
HISTORY_CURSOR = r"^-?[0-9]{1,17}\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
AFTER = r"^-?[0-9]{1,19}(,-?[0-9]{1,19})?$"
_MODELS = "content|collaborative|neighbours|following|novelty|popularity"
_WEIGHTS = "similarity|collaborative|neighbours|following|novelty|popularity|cold_popularity|prior"
_WEIGHT = rf"({_WEIGHTS}):[0-9]{{1,3}}(\.[0-9]{{1,6}})?"
_ALGORITHMS = "svd|neighbours|ease|als|bpr"
MODELS_LIST = rf"^({_MODELS})(,({_MODELS}))*$"
WEIGHTS_LIST = rf"^{_WEIGHT}(,{_WEIGHT})*$"
MODEL_NAME = rf"^({_ALGORITHMS})(\+({_ALGORITHMS}))?$"


def _listed(names: str) -> str:
    return names.replace("|", ", ")


_NEXT = "must be the next_cursor of the page before"
# What a text that does not fit a pattern is told; the patterns themselves are in the document.
PATTERN_WORDS: Final = {
    NO_ZERO: "must have no zero byte",
    KEY: "must have something that is no space, and no zero byte",
    CURSOR: _NEXT,
    FEED_CURSOR: _NEXT,
    HISTORY_CURSOR: _NEXT,
    AFTER: "must be the value after of the page before",
    MODELS_LIST: f"must be a list of one or more of {_listed(_MODELS)}, with commas between",
    WEIGHTS_LIST: f"must be a list such as novelty:0,popularity:0.5, of one or more of {_listed(_WEIGHTS)}, "
    "each with a number of at most three digits before the point and six after it",
    MODEL_NAME: f"must be one of {_listed(_ALGORITHMS)}, or two of them, as svd+ease",
}
