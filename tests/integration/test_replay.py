"""docs/tools.md, certmapctl replay: the last events of a real audit log against a configuration that was changed on disk."""

import hashlib
import os
import re
import shutil
import time

from documents import read
from kept import name_of
from ports import free_ports
from replayed import changed, replay, same
from replayed_server import ALONE, IP, httpd, people, place  # noqa: F401 (fixtures)

OPEN = place("{}", "AuthType ClientCert", "CertMapUse none", "Require all granted")
FIRST_ONLY = "were let in: of their connections the log has the first place only"


# What changes

def test_nothing_changes(httpd):
    told = replay(httpd)
    assert told.different == [("expired", "short", "", "/in/")], told.out
    assert (told.status, told.counts) == (0, {"same": 11, "expired": 1})
    assert told.out == ("11 the same, 0 let in, 0 refused, 0 somebody else\n1 expired since\n"
                        f"9 {FIRST_ONLY}\n")


def test_who_would_be_refused(httpd):
    told = replay(httpd, changed("conf/corp-ca.pem", "conf/partner-ca.pem"), "--location", "/in")
    assert told.status == 1
    assert [each for each in told.different if each[0] != "expired"] == [
        ("refused", "alice", "no_rule_matched", "/in/"), ("refused", "alice", "no_rule_matched", "/in/"),
        ("refused", "alice", "no_rule_matched", "/in/a b%/é"), ("refused", "bob", "no_rule_matched", "/in/")]
    assert told.counts["same"] == 2  # carol, who is in the map, and the stranger


def test_who_would_be_let_in(httpd):
    change = changed("email =~ \"([^@]+)@example\\.com\"", "email =~ \"([^@]+)@.*\"")
    told = replay(httpd, lambda text: change(text).replace("conf/corp-ca.pem", "conf/corp-ca.pem conf/partner-ca.pem"))
    assert told.status == 1
    assert [each for each in told.different if each[0] != "expired"] == [
        ("let in", "no_rule_matched", "stranger", "/in/")]
    line = next(line for line in told.out.splitlines() if line.startswith("let in"))
    assert "localhost/in/" in line and time.strftime("%Y-%m-%d", time.gmtime()) in line and "CN=stranger" in line


def test_who_would_become_somebody_else(httpd):
    told = replay(httpd, changed("CertMapUser     $1", "CertMapUser     x-$1"), "--vhost", "other.example.test")
    assert told.status == 1 and told.counts == {"somebody else": 1}
    assert told.different == [("somebody else", "alice", "x-alice", "/in/")]


def test_require_counts(httpd):
    told = replay(httpd, changed("Require user bob", "Require user alice"), "--location", "/bobs")
    assert told.status == 1 and told.different == [("let in", "require", "alice", "/bobs/")]
    told = replay(httpd, changed(place("/in", *ALONE), place("/in", *ALONE[:2], "Require user bob")),
                  "--location", "/in", "--vhost", "localhost")
    assert ("refused", "alice", "require", "/in/") in told.different and ("refused", "bob", "", "/in/") not in told.different


def test_a_block_counts(httpd, people):
    httpd.write("conf/blocked.map", f"email:carol@partner.example carol\nsha256:{hashlib.sha256(people['bob'].der).hexdigest()} !\n")
    told = replay(httpd, changed("conf/listed.map", "conf/blocked.map"), "--location", "/in")
    assert told.status == 1
    assert [each for each in told.different if each[0] != "expired"] == [("refused", "bob", "denied_by_rule", "/in/")]


def test_a_password_that_the_authtype_asks_for_instead(httpd):
    told = replay(httpd, changed("conf/corp-ca.pem", "conf/partner-ca.pem"), "--location", "/either")
    assert told.status == 1
    assert told.different == [("refused", "alice", "no_rule_matched (the AuthType asks)", "/either/")]


def test_a_wrong_password_then_changes_nothing_now(httpd):
    told = replay(httpd, same, "--location", "/both")
    assert told.status == 0 and told.counts == {"same": 2}


def test_an_open_place_lets_everyone_in(httpd):
    told = replay(httpd, changed("Require user bob", "Require all granted"), "--location", "/bobs")
    assert told.status == 1 and told.different == [("let in", "require", "alice", "/bobs/")]


def test_a_place_without_rules_is_open_where_require_says_so(httpd):
    for path, change in (("/bobs", ("let in", "require")), ("/ip", ("somebody else", "alice"))):
        told = replay(httpd, lambda text: text.replace(place("/bobs", *ALONE[:2], "Require user bob"), OPEN.format("/bobs"))
                      .replace(place("/ip", *ALONE[:2], IP), OPEN.format("/ip")), "--location", path)
        assert told.status == 1 and told.different == [(*change, "(everyone is let in)", path + "/")], told.out


def test_nobody_has_an_account_where_no_password_is_asked_for(httpd):
    lines = "AuthType Basic", "CertMapUse staff", "CertMapControl required", "Require all granted"
    told = replay(httpd, changed(place("/bobs", *ALONE[:2], "Require user bob"), place("/bobs", *lines)), "--location", "/bobs")
    assert told.status == 1 and told.different == [("let in", "require", "(everyone is let in)", "/bobs/")]


# What cannot be told

def test_a_directory_that_does_not_answer(httpd):
    (port,) = free_ports(1)
    rule = changed("CertMapUser     $1",
                   f'CertMapLDAPURL "ldap://127.0.0.1:{port}/o=x?uid?sub?(mail={{email}})" NONE')
    told = replay(httpd, rule, "--location", "/in", "--vhost", "other.example.test")
    assert told.status == 2 and told.counts == {"directory": 1}, told.out
    assert "1 cannot tell: a directory does not answer" in told.out


def test_a_certificate_that_is_not_kept(httpd, people):
    shutil.copytree(httpd.path("kept"), httpd.path("fewer"))
    os.unlink(httpd.path("fewer/" + name_of(people["bob"])))
    with open(httpd.path("fewer/" + name_of(people["carol"])), "wb") as file:
        file.write(people["alice"].der)  # another one under its name
    told = replay(httpd, same, "--location", "/in", folder="fewer")
    assert told.status == 2 and told.counts == {"same": 4, "expired": 1, "not kept": 2}
    assert "2 cannot tell: the certificate is not kept" in told.out
    shutil.rmtree(httpd.path("fewer"))


def test_a_change_is_more_than_what_cannot_be_told(httpd, people):
    shutil.copytree(httpd.path("kept"), httpd.path("fewer"))
    os.unlink(httpd.path("fewer/" + name_of(people["bob"])))
    told = replay(httpd, changed("CertMapUser     $1", "CertMapUser     x-$1"), folder="fewer")
    assert told.status == 1 and told.counts["not kept"] == 2
    shutil.rmtree(httpd.path("fewer"))


def test_an_if(httpd):
    condition = '<If "%{HTTP_USER_AGENT} == \'x\'">\nCertMapUse listed\n</If>\n'
    told = replay(httpd, changed("Require user bob\n", "Require user bob\n" + condition), "--location", "/bobs")
    assert told.status == 2 and told.counts == {"cannot tell": 1}
    assert told.whys[0].startswith("cannot tell: ") and "<If" in told.whys[0] and "<If" in told.out


def test_a_place_where_no_rules_are_in_force_any_more(httpd):
    told = replay(httpd, changed(place("/bobs", *ALONE[:2], "Require user bob"), ""), "--location", "/bobs")
    assert told.status == 2 and "no CertMapUse is in force" in told.out


def test_require_that_depends_on_the_request(httpd):
    """Who was let in is the same; who was refused there may be let in, or not."""
    told = replay(httpd, same, "--location", "/ip")
    assert told.status == 0 and told.counts == {"same": 1}, told.out + told.err
    told = replay(httpd, changed("Require user bob", IP), "--location", "/bobs")
    assert told.status == 2 and "Require refused the account" in told.out, told.out


def test_a_virtual_host_that_is_gone(httpd):
    told = replay(httpd, lambda text: text.replace("other.example.test", "new.example.test"), "--vhost", "other.example.test")
    assert told.status == 2 and 'no virtual host is called "other.example.test"' in told.out


# Texts

def test_the_example_of_the_documentation(httpd):
    """Its titles, its lines, and the width of its columns are those of a real one."""
    section_of_tools = read("docs/tools.md").split("## certmapctl replay")[1].split("\n## ")[0]
    shown = next(block for block in re.findall(r"```text\n(.*?)```", section_of_tools, re.S))
    told = replay(httpd, changed("CertMapUser     $1", "CertMapUser     x-$1"), "--location", "/in")
    titles = told.out.splitlines()[0].split()
    assert shown.splitlines()[0].split() == titles
    table, counts = shown.split("\n\n")
    starts = [table.index(title) for title in titles]
    for line in table.splitlines():
        assert all(line[start - 2:start] == "  " and line[start] != " " for start in starts[1:]), line
    of_counts = re.compile(r"\d+ the same, \d+ let in, \d+ refused, \d+ somebody else$")
    for text in (counts, told.out.split("\n\n")[1]):
        assert of_counts.match(text.splitlines()[0])
    lines = [re.sub(r"\d+", "0", line) for line in counts.splitlines()[1:]]
    assert set(lines) > {"0 expired since", f"0 {FIRST_ONLY}"} == {re.sub(r"\d+", "0", line) for line in told.out.splitlines()[-2:]}
