"""The OpenAPI document is true: whatever fits it is answered as it says, and whatever does not is refused."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx2
import hypothesis
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api.conftest import furnish

if TYPE_CHECKING:
    import psycopg

    from tests.api.conftest import Serve

EXAMPLES = int(os.environ.get("JOPHIEL_EXAMPLES", "2"))
STRINGS = int(os.environ.get("JOPHIEL_STRINGS", "40"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]


def test_every_operation_keeps_to_the_document(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve()
    schema = schemathesis.openapi.from_dict(served.document)
    tried = set()
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        strategy = operation.as_strategy() | operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        tried.add(operation.label)
        if operation.label == "GET /v1/users/{user_id}/live":
            # An answer that does not end, for a user that there is; tests/api/test_live.py reads it.
            continue

        @hypothesis.seed(42)
        @hypothesis.settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=strategy)
        def check(case: Any) -> None:
            answer = case.call(base_url=served.address)
            case.validate_response(answer, checks=CHECKS)

        check()
    assert len(tried) == sum(len(methods) for methods in served.document["paths"].values())


NASTY = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\x1f",
    "1\x1f2",
    "'; drop schema jophiel cascade; --",
    "\\'",
    "{}",
    '{"a',
    "$1",
    "%s %(user)s",
    "../../etc/passwd",
    "\u202e\u0000",
    "\ud800",
    "\uffff",
    "é" * 600,
    "9" * 30,
    "-1",
    "1e5",
    "null",
    "points",
    "<script>alert(1)</script>",
    "\r\nx-injected: 1",
]
# What is there, and what is an address of its own (docs/http.md).
KNOWN = {"ana", "song/a", "main", "900", *map(str, range(1, 11)), "ids", "checksum", "points", "bulk"}
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=[]), max_size=40))


def test_hostile_texts_get_the_right_answer_and_nothing_else(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve()
    client = httpx2.Client(base_url=served.address, timeout=60)

    @hypothesis.seed(7)
    @hypothesis.settings(
        max_examples=STRINGS, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(text=TEXTS)
    def check(text: str) -> None:
        is_text = not any("\ud800" <= letter <= "\udfff" for letter in text)
        is_storable = is_text and "\0" not in text
        in_address = quote(text.encode("utf-8", "replace"), safe="")
        is_key = is_storable and len(text) <= 500 and not re.fullmatch(r"[^\S\x1c-\x1f]*", text)
        # What is there is no stranger.
        hypothesis.assume(text not in KNOWN)

        # Clients take these for steps in the path, and ask for something else.
        if text not in (".", ".."):
            read = client.get(f"/v1/feed/{in_address}")
            assert read.status_code in (404, 422), read.text
            assert "x-injected" not in read.headers
            for path in ("/v1/taste/", "/v1/users/1/feeds/", "/v1/items/", "/v1/users/1/explain/"):
                assert client.get(f"{path}{in_address}").status_code in (404, 405, 422)
        for query in ("q=", "q=rain&domain=", "q=rain&user_id="):
            found = client.get(f"/v1/search?{query}{in_address}")
            assert found.status_code in (200, 404, 422), found.text
        listed = client.get(f"/v1/items?tag={in_address}&domain={in_address}")
        assert listed.status_code in (200, 422)

        item = {"title": text, "tags": [text], "metadata": {"value": [text]}, "description": text}
        body = json.dumps(item)
        put = client.put("/v1/items/900", content=body, headers={"content-type": "application/json"})
        assert put.status_code == (200 if is_storable and len(text) <= 500 else 422 if is_text else 400), put.text
        if put.status_code == 200:
            stored = client.get("/v1/items/900").json()
            assert (stored["title"], stored["description"], stored["metadata"]) == (text, text, item["metadata"])
        row = json.dumps([{"user_id": text, "interests": [text], "note": text}])
        user = client.post("/v1/users", content=row, headers={"content-type": "application/json"})
        assert user.status_code == (200 if is_key else 422 if is_text else 400), user.text
        if user.status_code == 200 and text not in (".", ".."):
            known = client.get(f"/v1/users/{in_address}").json()
            assert (str(known["user_id"]), known["profile"]["note"]) == (text, text)
            assert client.delete(f"/v1/users/{in_address}").status_code == 204

    with client:
        check()
    assert db.execute("select count(*) > 10 from jophiel.items").fetchone() == (True,)
