"""What the sources list (attributes, conversions, reasons, variables, rooms, hooks), the documents list, too."""

import os
import re

from documents import DIRECTIVES_MD, DOCUMENTS, code_blocks, read, section, table, words, words_of
from httpd_setup import TREE


def test_each_attribute_and_alias_is_in_the_table():
    rows = table(section(read(DIRECTIVES_MD), "## Attributes"))
    documented = set(re.findall(r"`([^`]+)`", " ".join(row[0] + row[2] for row in rows if len(row) == 3)))
    terms = re.findall(r'^\s*\{Kind::\w+, ValueType::\w+, "([^"]+)", "([^"]*)"\}',
                       read("mod_certmap/core/certificate/attribute.cpp"), re.M)
    assert len(terms) >= 30
    for name in filter(None, (name for term in terms for name in term)):
        if name != "issuer-serial":
            assert any(each == name or name.endswith(".") and each.startswith(name)
                       for each in documented), name


def test_each_conversion_is_in_the_table():
    rows = table(section(read(DIRECTIVES_MD), "## Templates"))
    documented = {word for row in rows if row[1] in ("text", "octets", "octets or text", "name")
                  for word in re.findall(r"`(\w+)`", row[0])}
    assert documented == words(r'\{"(\w+)", Input::', "mod_certmap/core/certificate/conversion.cpp")
    assert {"bin", "dn"} <= documented


def test_each_reason_and_strength_is_in_its_table():
    text = read(DIRECTIVES_MD)
    rows = [row for row in table(section(text, "## Decisions")) if len(row) == 4 and row[0] != "#"]
    assert [row[0] for row in rows] == [str(number) for number in range(1, 16)]
    strengths = words_of("Strength", "mod_certmap/core/rule/decision.cpp")
    reasons = {word for row in rows for word in re.findall(r"`(\w+)`", row[1])}
    assert reasons == words_of("Reason", "mod_certmap/core/rule/decision.cpp")
    named = {row[0].strip("`") for row in table(section(text, "## Environment")) if len(row) == 2}
    assert strengths <= named


def test_each_variable_is_in_the_table():
    rows = table(section(read(DIRECTIVES_MD), "## Environment"))
    documented = {row[0].strip("`").removesuffix("<NAME>") for row in rows if row[0].startswith("`CERTMAP_")}
    assert documented == words(r'"(CERTMAP_\w+)"', "mod_certmap/httpd/request/environment.cpp") - {"CERTMAP_"}
    for path in DOCUMENTS:
        used = re.sub(r"CERTMAP_ATTR_\w+", "CERTMAP_ATTR_", read(path))
        assert set(re.findall(r"CERTMAP_[A-Z_]+\w", used)) - {"CERTMAP_MODULE", "CERTMAP_EXPLAIN", "CERTMAP_REPLAY"} <= documented, path


def test_each_room_is_in_the_table():
    rows = table(section(read("docs/architecture.md"), "## Rooms"))
    documented = {word for row in rows for word in re.findall(r"`([a-z/]+)`", row[0])}
    rooms = {os.path.relpath(path, os.path.join(TREE, "mod_certmap"))
             for path, _, names in os.walk(os.path.join(TREE, "mod_certmap"))
             if any(name.endswith(".cpp") for name in names)}
    assert {room.rstrip("/") for room in documented} == rooms - {".", "httpd"}


def test_each_room_is_in_the_drawing():
    drawing = code_blocks(read("docs/architecture.md"), "text")[1]
    names = re.findall(r"^may (?:core|ldap|httpd|tool)/(\w+)", read("tests/check-layers"), re.M)
    assert len(names) > 20
    for name in names:  # some are in several layers
        assert len(re.findall(rf"\b{name}\b", drawing)) >= names.count(name), name


def test_each_hook_is_told():
    text = read("docs/architecture.md")
    source = read("mod_certmap/mod_certmap.cpp")
    hooks = re.findall(r"ap_hook_(\w+)\((\w+)", source) + re.findall(r'_hook_add\("(\w+)".*\((\w+)\)', source)
    assert len(hooks) > 20
    for hook, function in hooks:
        assert f"`{hook}`" in text and (hook == function or f"`{function}`" in text), (hook, function)


def test_each_require_is_in_the_table():
    rows = table(section(read(DIRECTIVES_MD), "## Require"))
    documented = set(re.findall(r"`Require (certmap-\w+) ", " ".join(row[0] for row in rows)))
    assert documented == words(r'"(certmap-[a-z]+)", k', "mod_certmap/httpd/request/authorization.cpp")
