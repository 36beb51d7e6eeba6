"""The OpenAPI document and its page: valid, complete, and true to what is answered."""

import re
from typing import Any, cast

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from dravo_app import errors
from dravo_app.api.problems import MEDIA_TYPE
from tests.api.conftest import Api
from tests.support.sandbox_server import Sandbox

THIRTEEN = [
    *("x", "linkedin", "facebook", "instagram", "threads", "tiktok", "youtube"),
    *("pinterest", "reddit", "bluesky", "mastodon", "telegram", "discord"),
]

sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    return cast(dict[str, Any], client.get("/v1/openapi.json").json())


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, one) for path, every in document["paths"].items() for method, one in every.items()]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(cast(Any, document))
    assert document["servers"][0]["url"] == "/v1"


def test_every_operation_is_named_tagged_described_and_tells_its_refusals(document: dict[str, Any]) -> None:
    ids = [one["operationId"] for _, _, one in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][A-Za-z]+", one) for one in ids)
    tags = {tag["name"] for tag in document["tags"]}
    for method, path, operation in operations(document):
        assert set(operation["tags"]) <= tags
        assert operation["description"]
        is_public = operation.get("security") == []
        assert {"500", "503"} <= set(operation["responses"])
        assert is_public or {"400", "401"} <= set(operation["responses"]), (method, path)
        assert "{" not in path or "404" in operation["responses"]


def test_every_example_of_a_body_fits_its_schema(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    examples = [(name, one) for name, schema in schemas.items() for one in schema.get("examples", [])]
    assert {name for name, _ in examples} >= {"PublishRequest", "ConnectRequest"}
    for name, example in examples:
        whole = {**schemas[name], "components": document["components"]}
        Draft202012Validator(whole).validate(example)


def test_every_refusal_is_a_problem(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for status, response in operation["responses"].items():
            assert "X-Request-Id" in response["headers"]
            if status >= "400":
                assert list(response["content"]) == [MEDIA_TYPE], (path, status)


def test_every_write_can_be_made_harmless_to_repeat(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        has_key = {"$ref": "#/components/parameters/IdempotencyKey"} in operation.get("parameters", [])
        assert has_key == (method != "get" and not path.startswith("/auth/")), path


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        found: Any = document
        for step in reference.split("/"):
            found = found[step]


def test_every_query_parameter_and_header_is_described(document: dict[str, Any]) -> None:
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            is_path = parameter.get("in") == "path"
            assert "$ref" in parameter or is_path or parameter["description"], (path, parameter)


@sqlite_only
def test_what_is_answered_is_what_is_described(api: Api, document: dict[str, Any], with_sandbox: Sandbox) -> None:
    alice = {"provider": "x", "platform_account_id": "alice", "credentials": {"access_token": "sandbox_alice"}}
    account = answered(document, "/accounts", api.post("/accounts", alice))["id"]
    answered(document, "/accounts", api.post("/accounts", alice))
    answered(document, "/accounts", api.get("/accounts"))
    body = {"account_ids": [account], "text": "Hello", "scheduled_at": "2031-07-01T09:00:00Z"}
    job = answered(document, "/publish", api.post("/publish", body))["job_id"]
    answered(document, "/publish", api.get("/publish"))
    answered(document, "/publish/{job_id}", api.get(f"/publish/{job}"))
    answered(document, "/accounts/{account_id}", api.get(f"/accounts/{account}"))
    answered(document, "/accounts/{account_id}", api.patch(f"/accounts/{account}", {"name": "Page"}))
    answered(document, "/accounts/{account_id}", api.delete(f"/accounts/{account}"))
    answered(document, "/publish/{job_id}/cancel", api.post(f"/publish/{job}/cancel"))
    answered(document, "/providers", api.get("/providers"))
    answered(document, "/me", api.get("/me"))
    answered(document, "/errors", api.get("/errors"))
    answered(document, "/publish", api.post("/publish", {}))
    answered(document, "/publish", api.post("/publish", body, headers={"Authorization": "Bearer x"}))
    answered(document, "/publish/{job_id}", api.get("/publish/job_unknown"))


def answered(document: dict[str, Any], path: str, answer: httpx.Response) -> dict[str, Any]:
    """The answer's body, after checking it against the document."""
    operation = document["paths"][path][answer.request.method.lower()]
    assert str(answer.status_code) in operation["responses"], (path, answer.text)
    kind = answer.headers["content-type"]
    schema = operation["responses"][str(answer.status_code)]["content"][kind]["schema"]
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate(answer.json())
    return cast(dict[str, Any], answer.json())


def test_the_page_is_whole_and_asks_no_other_host(client: httpx.Client, document: dict[str, Any]) -> None:
    page = client.get("/v1/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", page.text)
    assert "<script" not in page.text
    for _, path, operation in operations(document):
        assert f"id='{operation['operationId']}'" in page.text, path
    linked = set(re.findall(r"href='#([^']+)'", page.text))
    assert all(f"id='{one}'" in page.text for one in linked)


@sqlite_only
def test_providers_are_told_truthfully(api: Api, live: Api, with_sandbox: Sandbox) -> None:
    told = {one["provider"]: one for one in api.get("/providers").json()["items"]}
    assert list(told) == THIRTEEN
    assert {name for name, one in told.items() if one["connectable"]} == {"x", "bluesky", "mastodon"}
    limit = told["x"]["capabilities"]["text_limits"][0]
    assert (limit["value"], bool(limit["source"]), bool(limit["checked_on"])) == (280, True, True)
    pictures = told["x"]["capabilities"]["media"]
    assert (pictures["max_count"]["value"], pictures["images"]["max_bytes"]["value"]) == (4, 5_000_000)
    assert pictures["animations"]["content_types"] == ["image/gif"]
    assert told["bluesky"]["capabilities"]["media"]["animations"] is None
    assert told["tiktok"]["options_schema"]["properties"]["privacy_level"]["enum"][0] == "SELF_ONLY"
    assert told["pinterest"]["capabilities"] is None
    assert "can't" in told["pinterest"]["reason"]
    for one in told.values():
        Draft202012Validator.check_schema(one["options_schema"])
    assert {one["connectable"] for one in live.get("/providers").json()["items"][:1]} == {True}


@sqlite_only
def test_without_its_sandbox_the_test_environment_can_connect_nothing(api: Api, live: Api) -> None:
    assert not any(one["connectable"] for one in api.get("/providers").json()["items"])
    assert any(one["connectable"] for one in live.get("/providers").json()["items"])


@sqlite_only
def test_an_options_schema_and_the_validator_agree(api: Api, account: str) -> None:
    schema = next(one for one in api.get("/providers").json()["items"] if one["provider"] == "x")["options_schema"]
    judged = Draft202012Validator(schema)
    for options in ({"made_with_ai": True}, {"made_with_ai": "yes"}, {"nonsense": 1}, {"reply_settings": "following"},
                    {"reply_settings": "nobody"}, {"text": "Own"}, {"text": ""}, {"quote_tweet_id": 5}):  # fmt: skip
        body = {"account_ids": [account], "text": "Hello", "provider_options": {"x": options}}
        assert judged.is_valid(options) == (api.post("/publish", body).status_code == 202), options


def test_no_code_is_used_twice() -> None:
    codes = [error.code for error in errors.error_classes()]
    assert len(codes) == len(set(codes))
