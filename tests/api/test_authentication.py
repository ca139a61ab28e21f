"""Who may do what: thirteen and more kinds of bad token, scopes, and whose feed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from jophiel.api.authentication import Authenticator, issue_token
from jophiel.api.problems import Problem
from jophiel.api.settings import ApiSettings
from jophiel.client import ApiError, Client
from jophiel.errors import SettingsError
from tests.api.conftest import CLOSED, SECRET, furnish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psycopg

    from tests.api.conftest import Serve

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    found = {"iss": "jophiel", "aud": "jophiel", "exp": now + 60, "sub": "1", "scope": "feed:read", **changes}
    return {name: value for name, value in found.items() if value is not None}


def signed(key: Any = SECRET, algorithm: str = "HS256", head: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=head)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(head: object, body: object, key: bytes = SECRET.encode()) -> str:
    text = f"{part(head)}.{part(body)}"
    digest = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def public_pem() -> bytes:
    return RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


BAD: dict[str, Callable[[], str]] = {
    "alg none": lambda: f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}.",
    "alg None in capitals": lambda: f"{part({'alg': 'NONE'})}.{part(claims())}.",
    "no alg": lambda: by_hand({"typ": "JWT"}, claims()),
    "alg HS512": lambda: signed(SECRET * 2, "HS512"),
    "alg RS256 where only a secret is known": lambda: signed(RSA_KEY, "RS256"),
    "another secret": lambda: signed("another secret that is long enough for it"),
    "the public key as a secret": lambda: by_hand({"alg": "HS256"}, claims(), public_pem()),
    "no signature": lambda: signed().rsplit(".", 1)[0] + ".",
    "a changed body": lambda: ".".join(
        [signed().split(".")[0], part(claims(sub="2")), signed().split(".")[2]],
    ),
    "another audience": lambda: signed(aud="others"),
    "no audience": lambda: signed(aud=None),
    "another issuer": lambda: signed(iss="others"),
    "no issuer": lambda: signed(iss=None),
    "no exp": lambda: signed(exp=None),
    "a past exp": lambda: signed(exp=int(time.time()) - 1),
    "exp is no number": lambda: by_hand({"alg": "HS256"}, claims(exp="never")),
    "exp is infinite": lambda: by_hand({"alg": "HS256"}, claims(exp=float("inf"))),
    "a future nbf": lambda: signed(nbf=int(time.time()) + 60),
    "a future iat": lambda: signed(iat=int(time.time()) + 3600),
    "sub is no text": lambda: by_hand({"alg": "HS256"}, claims(sub=1)),
    "an empty sub": lambda: signed(sub=""),
    "scope is no text": lambda: by_hand({"alg": "HS256"}, claims(scope={"feed:read": True})),
    "not a token": lambda: "nonsense",
    "two parts": lambda: "a.b",
    "a body that is no object": lambda: by_hand({"alg": "HS256"}, [1, 2]),
    "too long": lambda: signed(filler="x" * 9000),
    "an unknown critical header": lambda: signed(head={"crit": ["exp2"], "exp2": 1}),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_is_refused(kind: str) -> None:
    with pytest.raises(Problem) as caught:
        Authenticator(CLOSED).authenticate(f"Bearer {BAD[kind]()}".encode())
    assert caught.value.kind.status == 401
    assert any(name == b"www-authenticate" for name, _ in caught.value.headers)


@pytest.mark.parametrize("header", [None, b"", b"Bearer", b"Bearer ", b"Basic YTpi", b"bearer\xff x"])
def test_a_header_without_a_token_is_refused(header: bytes | None) -> None:
    with pytest.raises(Problem) as caught:
        Authenticator(CLOSED).authenticate(header)
    assert caught.value.kind.status == 401


def test_a_good_token_says_who_it_is_until_it_expires() -> None:
    authenticator = Authenticator(CLOSED)
    header = f"Bearer {signed(exp=int(time.time()) + 2, scope='feed:read unknown')}".encode()
    for _ in range(2):
        principal = authenticator.authenticate(header)
        assert (principal.subject, principal.scopes) == ("1", frozenset({"feed:read"}))
    time.sleep(2.1)
    with pytest.raises(Problem):
        authenticator.authenticate(header)


def jwks(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"keys": list(entries)}))
    return path


def public(key: Any, name: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    found: dict[str, Any] = json.loads(algorithm.to_jwk(key.public_key()))
    return {**found, "kid": name}


def test_public_keys_check_rs256_and_es256(tmp_path: Path) -> None:
    path = jwks(tmp_path / "keys.json", public(RSA_KEY, "r"), public(EC_KEY, "e"), {"kty": "oct", "k": "c2VjcmV0"})
    authenticator = Authenticator(ApiSettings(jwks_file=path))
    for key, algorithm, name in ((RSA_KEY, "RS256", "r"), (EC_KEY, "ES256", "e")):
        assert authenticator.authenticate(f"Bearer {signed(key, algorithm, {'kid': name})}".encode()).subject == "1"
        with pytest.raises(Problem):
            authenticator.authenticate(f"Bearer {signed(key, algorithm, {'kid': 'another'})}".encode())
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for token in (
        signed(stranger, "RS256", {"kid": "r"}),
        signed("secret" * 10),
        by_hand({"alg": "HS256", "kid": "r"}, claims(), public_pem()),
        signed(RSA_KEY, "RS512", {"kid": "r"}),
    ):
        with pytest.raises(Problem):
            authenticator.authenticate(f"Bearer {token}".encode())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"kty": "RSA"}]}', '{"keys": [{"kty": "oct"}]}']
)
def test_a_file_without_a_usable_key_is_a_wrong_setting(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(SettingsError):
        Authenticator(ApiSettings(jwks_file=path))


def status(client: Client, method: str, path: str, body: object = None) -> int:
    try:
        return client.request(method, path, body=body).status_code
    except ApiError as error:
        return error.status


def test_scopes_and_owners(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    served = serve(CLOSED)

    def client(user: str | None, *scopes: str) -> Client:
        return served.client(issue_token(CLOSED, user=user, scopes=scopes, seconds=60))

    like = {"user_id": 1, "item_id": 3}
    with client("1", "feed:read", "events:write", "catalogue:write") as mine:
        for path, expected in (
            ("/v1/feed/1", 200),
            ("/v1/feed/ana", 403),
            ("/v1/feed/77", 403),
            ("/v1/feed/points/ana", 403),
            ("/v1/taste/ana", 403),
            ("/v1/users/ana", 403),
            ("/v1/users/ana/feeds/main", 403),
            ("/v1/users/ana/interactions", 403),
            ("/v1/users/ana/explain/1", 403),
            ("/v1/search?q=rain", 200),
            ("/v1/search?q=rain&user_id=1", 200),
            ("/v1/search?q=rain&user_id=ana", 403),
            ("/v1/users/checksum", 403),
            ("/v1/interactions/likes/ids", 403),
            ("/v1/items/1/similar", 200),
            ("/v1/admin/status", 403),
        ):
            assert status(mine, "GET", path) == expected, path
        assert status(mine, "POST", "/v1/interactions", like) == 200
        assert status(mine, "POST", "/v1/interactions", {**like, "user_id": "ana"}) == 403
        assert status(mine, "POST", "/v1/interactions/bulk", [like, {**like, "user_id": "ana"}]) == 403
        assert status(mine, "POST", "/v1/interactions/bulk", [like, {"item_id": 3}]) == 403
        twice = b'{"user_id": 1, "item_id": 3, "user_id": "ana"}'
        json_type = {"content-type": "application/json"}
        assert mine._http.post("/v1/interactions", content=twice, headers=json_type).status_code == 403
        assert db.execute("select count(*) from jophiel.interactions where user_id <> 1").fetchone() == (0,)
        assert status(mine, "PUT", "/v1/users/1", {"locale": "es"}) == 200
        assert status(mine, "PUT", "/v1/users/ana", {"locale": "es"}) == 403
        assert status(mine, "PUT", "/v1/items/1", {"title": "mine now"}) == 403
        assert status(mine, "DELETE", "/v1/items/1") == 403
        assert status(mine, "POST", "/v1/users/1/feeds/main/recompute") == 403
        assert status(mine, "GET", "/v1/boards/5/ideas") == 404
        db.execute("select jophiel.add_to_collection('ana', '5', '2')")
        assert status(mine, "GET", "/v1/boards/5/ideas") == 404
    with client("1", "events:write") as writer:
        assert status(writer, "GET", "/v1/feed/1") == 403
    with client(None, "feed:read") as service:
        assert status(service, "GET", "/v1/feed/ana") == 200
        assert status(service, "GET", "/v1/users/checksum") == 200
        assert status(service, "GET", "/v1/boards/5/ideas") == 200
        assert status(service, "POST", "/v1/interactions", like) == 403
    with client("1", "admin") as admin:
        assert status(admin, "GET", "/v1/feed/ana") == 200
        assert status(admin, "GET", "/v1/admin/status") == 200
    with served.client() as nobody:
        assert status(nobody, "GET", "/v1/feed/1") == 401
        assert status(nobody, "GET", "/v1/admin/status") == 401
        for path in ("/health/live", "/health/ready", "/metrics", "/openapi.json", "/docs"):
            assert status(nobody, "GET", path) == 200


def test_a_users_token_sends_what_that_user_did_and_nothing_else(serve: Serve, db: psycopg.Connection[Any]) -> None:
    furnish(db)
    token = issue_token(CLOSED, user="1", scopes=("events:write",), seconds=60)

    def event(name: str, **payload: object) -> dict[str, object]:
        return {
            "event_name": name,
            "event_id": "11111111-2222-4333-8444-555555555555",
            "event_timestamp": "2026-01-01T00:00:00Z",
            "source": "tests",
            "payload": payload,
        }

    with serve(CLOSED).client(token) as mine:
        for refused in (
            event("user.interaction.like", user_id="ana", sample_id=3),
            event("sample.lifecycle.deleted", user_id=1, sample_id=3),
            event("user.lifecycle.deleted", user_id=1),
            event("user.lifecycle.deleted", user_id="ana"),
        ):
            with pytest.raises(ApiError) as caught:
                mine.send_event(refused)
            assert caught.value.status == 403
        assert db.execute("select count(*) from jophiel.items where deleted_at is not null").fetchone() == (0,)
        sent = event("user.interaction.like", user_id=1, sample_id=3)
        assert [mine.send_event(sent).outcome for _ in range(2)] == ["applied", "duplicate"]
        assert mine.send_event(event("no.such.name")).outcome == "rejected"
