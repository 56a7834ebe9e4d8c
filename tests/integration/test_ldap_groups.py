"""CertMapLDAPGroups: CERTMAP_GROUPS, and Require certmap-group by whole values."""

import pytest

from directory import PEOPLE, SUFFIX, person
from places import REASON, ask, outcome, rule

STAFF, ADMINS = f"cn=staff,ou=Groups,{SUFFIX}", f"cn=admins,ou=Groups,{SUFFIX}"
ODD = ['a;b', "back\\slash", 'quo"te', "two words", "jos\u00e9", "-", "*"]
GROUP = dict(objectClass="groupOfNames")
DIRECTORY = dict(modules=("memberof",), database="overlay memberof\n", entries={
    **person("alice", groupName=["staff", "admins"]), **person("bob", groupName="staff"), **person("carol"),
    **person("odd", groupName=ODD), **person("many", groupName=[f"group-{n:03}" for n in range(300)]),
    **person("sly", groupName=["staff;admins", "admin", "admins2", "admins x", "x admins"])})
WANTED = {"admins": "admins", "staff": "staff", "either": "admins staff", "two-words": '"two words"',
          "semicolon": '"a;b"', "half": "two", "a": "a", "upper": "ADMINS", "dn": f'"{ADMINS}"',
          "dn-short": "admins"}


def location(name, rule_name, wanted):
    return (f'<Location "/cgi/env/{name}">\nAuthType ClientCert\nCertMapUse {rule_name}\n'
            f"Require certmap-group {wanted}\n</Location>\n")


@pytest.fixture(scope="module")
def members(directory):
    """memberOf, which slapd's overlay keeps, needs groups that are made while it runs."""
    directory.add(f"ou=Groups,{SUFFIX}", dict(objectClass="organizationalUnit", ou="Groups"))
    directory.add(STAFF, dict(GROUP, cn="staff", member=[f"uid=alice,{PEOPLE}", f"uid=bob,{PEOPLE}"]))
    directory.add(ADMINS, dict(GROUP, cn="admins", member=f"uid=alice,{PEOPLE}"))


@pytest.fixture(scope="module")
def httpd(serve, directory, members):
    rules = {"named": directory.lines("(mail={email})", "CertMapLDAPGroups groupName"),
             "member": directory.lines("(mail={email})", "CertMapLDAPGroups memberOf"),
             "case": directory.lines("(mail={email})", "CertMapLDAPGroups GROUPNAME"),
             "account": directory.lines("(mail={email})", "CertMapLDAPGroups uid"),
             "both": directory.lines("(mail={email})", "CertMapLDAPGroups groupName", attributes="uid,groupName"),
             "without": directory.lines("(mail={email})")}
    free = "".join(f'<Location "/cgi/env/{name}">\nAuthType ClientCert\nCertMapUse {name}\nRequire valid-user\n'
                   "</Location>\n" for name in rules)
    wanted = "".join(location(f"named/{name}", "named", text) for name, text in WANTED.items())
    wanted += "".join(location(f"member/{name}", "member", WANTED[name]) for name in ("dn", "dn-short"))
    return serve(main="".join(rule(*each) for each in rules.items()), vhost=REASON + "\n" + free + wanted)


def groups(httpd, cert, name):
    response = httpd.get(f"/cgi/env/{name}", cert)
    assert response.status == 200, response
    return response.env.get("CERTMAP_GROUPS")


def test_all_values_are_groups(httpd, directory, pki):
    seen = directory.watch()
    assert set(groups(httpd, pki.alice, "named").split(";")) == {"staff", "admins"}
    assert set(seen.search().attributes) == {"uid", "groupName"}
    assert groups(httpd, pki.bob, "named") == "staff"
    assert groups(httpd, pki.person("carol"), "named") is None


@pytest.mark.parametrize("name", ["case", "both"])
def test_the_attributes_name_has_no_case_and_may_be_fetched_twice(httpd, pki, name):
    assert set(groups(httpd, pki.alice, name).split(";")) == {"staff", "admins"}


def test_the_accounts_attribute_can_be_the_group(httpd, pki):
    assert groups(httpd, pki.alice, "account") == "alice"


def test_without_the_directive_there_are_no_groups(httpd, directory, pki):
    seen = directory.watch()
    assert groups(httpd, pki.alice, "without") is None
    assert seen.search().attributes == ["uid"]


def test_semicolon_and_backslash_are_escaped(httpd, pki):
    text = groups(httpd, pki.person("odd"), "named")
    assert "a\\;b" in text and "back\\\\slash" in text
    plain = text.replace("\\\\", "\0").replace("\\;", "\1").split(";")
    assert {each.replace("\0", "\\").replace("\1", ";") for each in plain} == set(ODD)


def test_many_groups(httpd, pki):
    assert len(groups(httpd, pki.person("many"), "named").split(";")) == 300


def test_member_of_as_an_overlay_keeps_it(httpd, pki):
    assert set(groups(httpd, pki.alice, "member").split(";")) == {STAFF, ADMINS}
    assert groups(httpd, pki.bob, "member") == STAFF


@pytest.mark.parametrize("login, allowed", [
    ("alice", {"admins", "staff", "either"}), ("bob", {"staff", "either"}), ("carol", set()), ("sly", set()),
    ("odd", {"two-words", "semicolon"})])
def test_require_wants_a_whole_value(httpd, pki, login, allowed):
    statuses = {name: httpd.get(f"/cgi/env/named/{name}", pki.person(login)).status
                for name in WANTED if name != "dn-short"}
    assert {name for name, status in statuses.items() if status == 200} == allowed
    assert {status for name, status in statuses.items() if name not in allowed} == {403}


def test_require_wants_the_whole_dn(httpd, pki):
    assert httpd.get("/cgi/env/member/dn", pki.alice).status == 200
    assert httpd.get("/cgi/env/member/dn", pki.bob).status == 403
    assert httpd.get("/cgi/env/member/dn-short", pki.alice).status == 403


def test_no_groups_in_what_is_refused(httpd, pki):
    response = httpd.get("/cgi/env/named/admins", pki.bob)
    assert response.status == 403
    assert outcome(httpd.get("/cgi/env/named", pki.bob)) == "bob" == ask(httpd, pki.bob, "named")
