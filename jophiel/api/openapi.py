"""The OpenAPI 3.1 document, made of the same table that the application is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from jophiel import __version__
from jophiel.api.models import ProblemDetails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from jophiel.api.operation import Operation

_REFERENCE = "#/components/schemas/{model}"
_KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 500, "pattern": r"^[^\x00]*[^\s\x00/][^\x00]*$"}
_HEADERS = {"X-Request-Id": {"description": "Leads to the log.", "schema": {"type": "string"}}}


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the document."""
    schemas = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Jophiel",
            "version": __version__,
            "summary": "Personalised feeds and recommendations that live inside PostgreSQL.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas["definitions"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    inputs = {operation.body for operation in operations if operation.body}
    inputs |= {operation.query for operation in operations if operation.query}
    outputs = {operation.answer for operation in operations if operation.answer} | {ProblemDetails}
    wanted: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in sorted(inputs, key=str)]
    wanted += [(model, "serialization") for model in sorted(outputs, key=str)]
    references, schema = models_json_schema(wanted, ref_template=_REFERENCE)
    queries = {operation.query for operation in operations if operation.query}
    definitions = schema["$defs"]
    resolved = {model: definitions[references[model, "validation"]["$ref"].rsplit("/", 1)[1]] for model in queries}
    for model in queries:
        del definitions[references[model, "validation"]["$ref"].rsplit("/", 1)[1]]
    return {"definitions": definitions, "references": references, "queries": resolved}


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": _responses(operation, schemas["references"]),
    }
    if operation.scope is not None:
        found["security"] = [{"token": [operation.scope]}]
        found["description"] = f"Needs the scope `{operation.scope}`." + (
            " A user's token reaches its own user only." if operation.own else ""
        )
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _KEY_SCHEMA} for name in operation.parameters
    ]
    if operation.query:
        parameters += _query_parameters(schemas["queries"][operation.query])
    if parameters:
        found["parameters"] = parameters
    if operation.body:
        found["requestBody"] = {
            "required": operation.body_required,
            "content": {"application/json": {"schema": schemas["references"][operation.body, "validation"]}},
        }
    return found


def _query_parameters(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    found = []
    for name, field in schema["properties"].items():
        # Absent or a value: an address has no null.
        options = [option for option in field.get("anyOf", []) if option.get("type") != "null"]
        plain = {k: v for k, v in field.items() if k not in ("anyOf", "title", "description", "default")}
        value = {**(options[0] if options else {}), **plain}
        if field.get("default") is not None:
            value["default"] = field["default"]
        parameter = {"name": name, "in": "query", "required": name in required, "schema": value}
        if "description" in field:
            parameter["description"] = field["description"]
        found.append(parameter)
    return found


def _responses(operation: Operation, references: dict[Any, Any]) -> dict[str, Any]:
    headers: dict[str, Any] = dict(_HEADERS)
    if operation.cached:
        headers["ETag"] = {"description": "Send it as If-None-Match.", "schema": {"type": "string"}}
    success: dict[str, Any] = {"description": "Done.", "headers": headers}
    if operation.answer:
        reference = references[operation.answer, "serialization"]
        success["content"] = {operation.content_type: {"schema": reference}}
    elif operation.status != 204:  # noqa: PLR2004
        success["content"] = {operation.content_type: {}}
    responses = {str(operation.status): success}
    if operation.cached:
        responses["304"] = {"description": "Not changed.", "headers": headers}
    problem = {"application/problem+json": {"schema": references[ProblemDetails, "serialization"]}}
    by_status: dict[int, list[str]] = {}
    for kind in operation.kinds():
        titles = by_status.setdefault(kind.status, [])
        if kind.title not in titles:
            titles.append(kind.title)
    for status, titles in sorted(by_status.items()):
        responses[str(status)] = {"description": "; ".join(titles) + ".", "content": problem, "headers": _HEADERS}
    return responses
