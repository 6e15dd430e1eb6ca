"""What the fuzzer knows of the program beside its document: records that are there, and a network for each request."""

import json
import os
import random
from pathlib import Path

import schemathesis

RECORDS = json.loads(Path(os.environ["FUZZ_RECORDS"]).read_text())
RANDOM = random.Random(1)

# The last fixed part of a path before `{id}`, and the records that stand there.
NOUNS = {
    "addon": "addon", "discount": "discount", "plan": "plan", "subscription": "subscription", "invoice": "invoice",
    "transaction": "transaction", "customer": "customer", "vault": "customer", "address": "address", "card": "card",
    "ach": "ach", "token": "card", "apikey": "apikey", "user": "user",
}
# Fields of bodies that name a record.
FIELDS = {
    "plan_id": "plan", "customer_id": "customer", "processor_id": "processor", "card_processor_id": "processor",
    "billing_address_id": "address", "shipping_address_id": "address", "payment_method_id": "card",
}


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Ids in bodies are of records that are there, or none."""
    for schema in raw_schema["components"]["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            noun = FIELDS.get(name)
            if noun and noun in RECORDS and "pattern" in field:
                del field["pattern"], field["maxLength"]
                field["enum"] = RECORDS[noun] + [""]
                field["example"] = RECORDS[noun][0]
                if "null" in field["type"]:
                    field["enum"].append(None)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Three requests of four are about a record that is there; each comes from another network."""
    case.headers = {**(case.headers or {}), "X-Forwarded-For": f"10.{RANDOM.randrange(256)}.{RANDOM.randrange(256)}.7"}
    wait = str((case.query or {}).get("wait", ""))
    if wait.isdigit() and 0 < int(wait) <= 60:
        case.query["wait"] = 0  # a wait that fits says nothing more
    if is_broken_path(case):
        return
    parts = case.operation.path.split("/")
    for before, part in zip(parts, parts[1:]):
        name = part.strip("{}")
        noun = NOUNS.get(before)
        if part.startswith("{") and noun in RECORDS and RANDOM.random() < 0.75:
            index = RANDOM.randrange(len(RECORDS[noun])) if name in ("id", "key") else 0
            case.path_parameters[name] = RECORDS[noun][index]


def is_broken_path(case) -> bool:
    meta = getattr(case, "meta", None)
    if meta is None or not case.path_parameters:
        return True
    for location, component in meta.components.items():
        if "path" in str(location).lower():
            return not component.mode.is_positive
    return False
