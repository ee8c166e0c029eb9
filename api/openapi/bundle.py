#!/usr/bin/env python3
"""Makes the one document that netweave serves and validates by, from the hand-kept ones beside this file.

    bundle.py --version 1.2.3 --output openapi.json o2ims.yaml operations.yaml

A path with {version} becomes one path for each of its document's versions, without what came later. README.md says
what the extensions mean; one that is not known here is an error, as is a reference that leads nowhere.
"""

import argparse
import copy
import json
import pathlib
import re
import sys

import yaml

METHODS = ("get", "put", "post", "delete", "patch")
SECTIONS = ("schemas", "parameters", "responses", "headers")
# read here, and gone from what is made
BUILD = {"x-netweave-versions", "x-netweave-since", "x-netweave-until", "x-netweave-everywhere", "x-netweave-headers", "x-netweave-members",
         "x-netweave-patch-of"}
# left for the gateway
RUN = {"x-netweave-reason", "x-netweave-only-with", "x-netweave-query", "x-netweave-unknown-parameters",
       "x-netweave-version", "x-netweave-permission"}


class Strict(yaml.SafeLoader):
    """Refuses a name that stands twice in one mapping, of which YAML would keep the last without a word."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise SystemExit(f"{key.start_mark.name}:{key.start_mark.line + 1}: {key.value} stands here twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def fail(message: str) -> None:
    sys.exit(f"bundle.py: {message}")


def walk(node):
    """Every mapping in it, itself included."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def references(node) -> set:
    return {mapping["$ref"] for mapping in walk(node) if isinstance(mapping.get("$ref"), str)}


def read(path: pathlib.Path) -> dict:
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=Strict)
    for mapping in walk(document):
        for key in mapping:
            if not isinstance(key, str):
                fail(f"{path.name}: the key {key} must be quoted")
            if key.startswith("x-netweave-") and key not in BUILD | RUN:
                fail(f"{path.name}: nobody knows {key}")
        reference = mapping.get("$ref")
        if isinstance(reference, str):
            mapping["$ref"] = "#" + reference.partition("#")[2]  # the documents' components are one set
    return document


def number(version: str) -> int:
    return int(version.lstrip("v"))


class Bundle:
    def __init__(self, documents: list):
        self.documents = documents
        self.components = {section: {} for section in SECTIONS}
        for document in documents:
            for section, members in document.get("components", {}).items():
                for name, component in members.items():
                    if name in self.components[section]:
                        fail(f"two documents have components/{section}/{name}")
                    self.components[section][name] = component
        self.fill_patches()
        self.everywhere = {}
        for document in documents:
            self.everywhere.update(document.get("x-netweave-everywhere", {}))
        self.varying = self.find_varying()
        self.made = {section: {} for section in SECTIONS}
        self.paths = {}
        self.tags = []

    def fill_patches(self) -> None:
        """A merge patch takes what the whole takes, and null; nothing is required."""
        schemas = self.components["schemas"]
        for schema in schemas.values():
            whole = schema.pop("x-netweave-patch-of", None)
            if whole is None:
                continue
            for key, value in self.patch_of(schemas[whole]).items():
                if key != "nullable":
                    schema.setdefault(key, value)

    def patch_of(self, node: dict) -> dict:
        """What a merge patch takes where the whole has `node`: objects of any depth are merged, all else replaced."""
        target = self.look_up(node["$ref"]) if "$ref" in node else node
        since = {key: node[key] for key in ("x-netweave-since",) if key in node}
        if target.get("type") != "object":
            inner = {key: value for key, value in node.items() if key not in since}
            plain = "type" in inner
            return {**since, "nullable": True, **(inner if plain else {"allOf": [inner]})}
        made = {key: value for key, value in target.items() if key != "required"}
        if "properties" in target:
            made["properties"] = {name: self.patch_of(member) for name, member in target["properties"].items()}
        if isinstance(target.get("additionalProperties"), dict):
            made["additionalProperties"] = self.patch_of(target["additionalProperties"])
        return {**made, **since, "nullable": True}

    def look_up(self, reference: str):
        parts = reference.split("/")
        if len(parts) != 4 or parts[:2] != ["#", "components"] or parts[3] not in self.components.get(parts[2], {}):
            fail(f"{reference} leads nowhere")
        return self.components[parts[2]][parts[3]]

    def find_varying(self) -> set:
        """References to components that differ between versions, by themselves or by what they refer to."""
        all_of_them = {f"#/components/{section}/{name}": component
                       for section, members in self.components.items() for name, component in members.items()}
        varying = {reference for reference, component in all_of_them.items()
                   if any("x-netweave-since" in mapping or "x-netweave-until" in mapping for mapping in walk(component))}
        while True:
            more = {reference for reference, component in all_of_them.items()
                    if reference not in varying and references(component) & varying}
            if not more:
                return varying
            varying |= more

    def later(self, node, version) -> bool:
        """Whether it is not there yet in that version, or no longer."""
        if not isinstance(node, dict):
            return False
        if "$ref" in node and "x-netweave-since" not in node:
            return self.later(self.look_up(node["$ref"]), version)
        until = node.get("x-netweave-until")
        if until is not None and version is not None and number(version) > number(until):
            return True
        since = node.get("x-netweave-since")
        return since is not None and (version is None or number(version) < number(since))

    def specialise(self, node, version):
        """A copy as that version has it (None: what stands outside the versions), its references made as well."""
        if isinstance(node, list):
            return [self.specialise(value, version) for value in node if not self.later(value, version)]
        if not isinstance(node, dict):
            return node
        made = {}
        for key, value in node.items():
            if key in BUILD or (key != "$ref" and self.later(value, version)):
                continue
            if key == "$ref" and isinstance(value, str):
                made[key] = self.make_component(value, version)
            else:
                made[key] = self.specialise(value, version)
        return made

    def make_component(self, reference: str, version) -> str:
        component = self.look_up(reference)
        section, name = reference.split("/")[2:]
        if reference in self.varying and version is not None:
            name += version.upper()
        if name not in self.made[section]:
            self.made[section][name] = None  # holds its place while what it refers to, perhaps itself, is made
            self.made[section][name] = self.specialise(component, version)
        return f"#/components/{section}/{name}"

    def add_path(self, document: dict, path: str, item: dict, version) -> None:
        made = {}
        as_of = version or document.get("x-netweave-version")
        shared = [one for one in item.get("parameters", [])
                  if not (version and (self.look_up(one["$ref"]) if "$ref" in one else one)["name"] == "version")]
        for method in METHODS:
            operation = item.get(method)
            if operation is None or self.later(operation, as_of):
                continue
            one = self.specialise(operation, as_of)
            parameters = self.specialise(shared, as_of) + one.pop("parameters", [])
            if version:
                one["operationId"] += version.upper()
                one["tags"] = [f"{tag} {version}" for tag in one["tags"]]
            if as_of:
                one["x-netweave-version"] = as_of
            if parameters:
                one["parameters"] = parameters
            if "x-netweave-unknown-parameters" in document:
                one["x-netweave-unknown-parameters"] = document["x-netweave-unknown-parameters"]
            for status, response in self.everywhere.items():
                one["responses"].setdefault(status, self.specialise(response, as_of))
            one["responses"] = dict(sorted(one["responses"].items()))
            made[method] = one
        for key in item:
            if key not in METHODS and key not in ("parameters", "x-netweave-since", "x-netweave-until"):
                fail(f"{path}: nobody knows {key}")
        if made:
            self.paths[path.replace("{version}", version or "{version}")] = made

    def add_all(self) -> None:
        for document in self.documents:
            for version in document.get("x-netweave-versions", [None]):
                for tag in document.get("tags", []):
                    if not self.later(tag, version):
                        name = f"{tag['name']} {version}" if version else tag["name"]
                        self.tags.append({**self.specialise(tag, version), "name": name})
                for path, item in document["paths"].items():
                    if not self.later(item, version or document.get("x-netweave-version")):
                        self.add_path(document, path, item, version)

    def check(self) -> None:
        known = set()
        for path, item in self.paths.items():
            for operation in item.values():
                if operation["operationId"] in known:
                    fail(f"two operations are called {operation['operationId']}")
                known.add(operation["operationId"])
                named = set()
                for parameter in operation.get("parameters", []):
                    if "$ref" in parameter:
                        section, name = parameter["$ref"].split("/")[2:]
                        parameter = self.made[section][name]
                    if parameter["in"] == "path":
                        named.add(parameter["name"])
                if named != set(re.findall(r"{([^}]*)}", path)):
                    fail(f"{path}: {operation['operationId']} has the path parameters {sorted(named)}")


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--version", required=True)
    arguments.add_argument("--output", required=True, type=pathlib.Path)
    arguments.add_argument("documents", nargs="+", type=pathlib.Path)
    given = arguments.parse_args()
    bundle = Bundle([copy.deepcopy(read(path)) for path in given.documents])
    bundle.add_all()
    bundle.check()
    document = {
        "openapi": "3.0.3",
        "info": {"title": "netweave", "version": given.version,
                 "description": "An O-RAN O2 gateway. HEAD works wherever GET does, OPTIONS answers `Allow`, and every "
                                "error is application/problem+json (RFC 7807).",
                 "license": {"name": "Apache-2.0"}},
        "tags": bundle.tags,
        "paths": bundle.paths,
        "components": {section: members for section, members in bundle.made.items() if members},
    }
    given.output.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
