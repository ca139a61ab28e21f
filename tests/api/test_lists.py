"""What the page lists: users to pick from, and items by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from jophiel.api.authentication import issue_token
from jophiel.api.models import join_keys, split_keys
from jophiel.client import ApiError
from tests.api.conftest import CLOSED

if TYPE_CHECKING:
    import psycopg

    from jophiel.client import Client
    from tests.api.conftest import Serve


def test_users_come_in_pages(api: Client) -> None:
    first = api.users(limit=1)
    # By the engine's ids: texts stand for negative ones.
    assert [(user.user_id, user.interests, user.events) for user in first.users] == [("ana", [], 0)]
    assert first.next_cursor is not None
    second = api.users(limit=1, cursor=first.next_cursor)
    assert [(user.user_id, user.interests, user.events) for user in second.users] == [(1, ["ambient"], 1)]
    assert second.next_cursor is None
    assert len(api.users(limit=100).users) == 2
    for limit in (0, 101):
        with pytest.raises(ApiError) as caught:
            api.users(limit=limit)
        assert caught.value.status == 422


def test_only_a_service_lists_users(serve: Serve, db: psycopg.Connection[Any]) -> None:
    served = serve(CLOSED)
    token = issue_token(CLOSED, user=None, scopes=("feed:read",), seconds=60)
    with served.client(token) as client:
        assert client.users().users == []
    for user, scope, status in ((None, "events:write", 403), ("1", "feed:read", 403)):
        token = issue_token(CLOSED, user=user, scopes=(scope,), seconds=60)
        with served.client(token) as client, pytest.raises(ApiError) as caught:
            client.users()
        assert caught.value.status == status


def test_items_by_key_in_the_order_of_the_keys(api: Client, db: psycopg.Connection[Any]) -> None:
    db.execute("select jophiel.delete_item(4)")
    found = api.items_by_key([7, "song/a", 2, "nothing", 4, 7])
    assert [item.item_id for item in found.items] == [7, "song/a", 2]
    assert (found.items[2].title, found.items[2].tags) == ("Night rain 2", ["ambient", "piano"])
    assert found.next_cursor is None
    assert api.items_by_key(["nothing"]).items == []
    for keys in ([], list(range(101))):
        with pytest.raises(ApiError) as caught:
            api.items_by_key(keys)
        assert caught.value.status == 422


@pytest.mark.parametrize("user", ["a/b", "https://example.org/users/7?x=1#y", "/", "%2F", "a%2Fb", "feed/points/1"])
def test_keys_with_slashes_in_them(api: Client, user: str) -> None:
    api.put_user(user, interests=["ambient"])
    assert api.user(user).user_id == user
    page = api.feed_page(user, per_page=2)
    assert (page.user_id, len(page.sample_ids)) == (user, 2)
    assert page.pagination.next_page_url is not None
    with httpx2.Client(base_url=str(api._http.base_url)) as other:
        assert other.get(page.pagination.next_page_url).json()["user_id"] == user
    assert api.item("song/a").item_id == "song/a"
    assert api.explain(user, "song/a").item_id == "song/a"
    api.add_to_board(user, "b/1", "song/a")
    assert [board.board_id for board in api.boards(user).boards] == ["b/1"]


def test_keys_with_commas_in_them(api: Client, db: psycopg.Connection[Any]) -> None:
    keys: list[int | str] = ["song,b", "song\\", "\\,", 7, "a\\b"]
    api.put_items([{"item_id": key, "title": f"Title {key}"} for key in keys])
    assert [item.item_id for item in api.items_by_key(keys).items] == keys
    db.execute("call jophiel.run_batch()")
    before = {item.item_id for item in api.feed("ana", limit=100).items}
    assert before > {"song,b", "\\,"}
    after = {item.item_id for item in api.feed("ana", limit=100, exclude=["song,b", "\\,"]).items}
    assert before - after == {"song,b", "\\,"}


@pytest.mark.parametrize("keys", [["a,b", "c"], ["a\\", "b"], ["\\,"], [",", "\\\\", "x y", 7], []])
def test_a_list_of_keys_there_and_back(keys: list[int | str]) -> None:
    assert split_keys(join_keys(keys)) == [str(key) for key in keys]


@pytest.mark.parametrize("ids", ["", ",", ",".join(map(str, range(101)))])
def test_a_list_of_ids_has_one_to_a_hundred(api: Client, ids: str) -> None:
    with pytest.raises(ApiError) as caught:
        api.request("GET", "/v1/items", query={"ids": ids})
    assert caught.value.status == 422
    assert caught.value.problem is not None
    assert [fault["field"] for fault in caught.value.problem.errors or []] == ["ids"]


def test_a_cursor_that_is_no_id(api: Client) -> None:
    for path in ("/v1/users", "/v1/items"):
        with pytest.raises(ApiError) as caught:
            api.request("GET", path, query={"cursor": str(2**63)})
        assert caught.value.status == 422
        assert caught.value.problem is not None
        assert [fault["field"] for fault in caught.value.problem.errors or []] == ["cursor"]
