"""docs/tools.md, certmapctl replay: the last events of a real audit log against a configuration that was changed on disk."""

import gzip
import hashlib
import json
import os
import re
import shutil
import time

import pytest

from certmapctl import certmapctl
from client import password
from documents import read
from httpd_setup import AUDIT, httpd_program, user_file, virtual_host
from kept import KEEP, kept, name_of
from pki import email
from ports import free_ports
from replayed import event, replay
from watch import wait_for

RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapMatch    email =~ "([^@]+)@example\\.com"
    CertMapUser     $1
</CertMapRule>
<CertMapRule listed>
    CertMapFile     conf/listed.map
</CertMapRule>
"""


def place(path, *lines):
    return f'<Location "{path}">\n' + "\n".join(lines) + "\n</Location>\n"


ALONE = "AuthType ClientCert", "CertMapUse staff listed", "Require valid-user"
PASSWORD = "AuthName x", "AuthType Basic", "AuthUserFile conf/users", "CertMapUse staff", "Require valid-user"
IP = "<RequireAll>\nRequire valid-user\nRequire ip 127.0.0.1\n</RequireAll>"
VHOST = "".join([place("/in", *ALONE), place("/both", *PASSWORD, "CertMapControl required"), place("/either", *PASSWORD),
                 place("/bobs", *ALONE[:2], "Require user bob"), place("/ip", *ALONE[:2], IP)])
OTHER = virtual_host("other", AUDIT, place("/in", *ALONE))


@pytest.fixture(scope="module")
def people(pki):
    return {"alice": pki.alice, "bob": pki.bob, "carol": pki.carol,
            "short": pki.person("short", not_after=4),
            "stranger": pki.partner.issue(["CN=stranger"], san=[email("stranger@partner.example")])}


@pytest.fixture(scope="module")
def httpd(serve, people):
    """Its log: who came where, and what came of it."""
    httpd = serve(main=RULES + "Include conf/keep.conf\n", vhost=VHOST, after=OTHER,
                  files={"conf/listed.map": "email:carol@partner.example carol\n", "conf/keep.conf": "",
                         "conf/users": user_file("alice", "bob")})
    os.chmod(httpd.writable_folder("kept"), 0o700)
    httpd.write("conf/keep.conf", KEEP)
    httpd.restart()
    seen = {("short", "/in"): 200, ("alice", "/in"): 200, ("bob", "/in"): 200, ("carol", "/in"): 200, ("stranger", "/in"): 403,
            ("alice", "/in/a%20b%25/%C3%A9"): 200, ("alice", "/bobs"): 403, ("alice", "/either"): 200, ("alice", "/ip"): 200}
    for (name, path), status in seen.items():
        answer = httpd.get(path + "/" if "%" not in path else path, people[name])
        assert answer.status in (status, 404 if status == 200 else status), (name, path, answer)
    assert httpd.get("/both/", people["alice"], password("alice")).status == 404
    assert httpd.get("/both/", people["bob"], password("alice")).status == 403
    assert httpd.get("/in/", people["alice"], sni="other.example.test").status == 404
    wait_for(lambda: len(kept(httpd)) == 5, "5 certificates that are kept")
    people["short"].wait_expired()
    return httpd


def changed(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)
    return change


def same(text):
    return text


# What changes

def test_nothing_changes(httpd):
    told = replay(httpd)
    assert told.different == [("expired", "short", "", "/in/")], told.out
    assert (told.status, told.counts) == (0, {"same": 11, "expired": 1})
    assert told.out == "11 the same, 0 let in, 0 refused, 0 somebody else\n1 expired since\n"


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
    assert re.sub(r"\d+", "0", counts.splitlines()[1]) == "0 expired since" == re.sub(r"\d+", "0", told.out.splitlines()[-1])


# Logs

def logs_of(tmp_path, *lines):
    (tmp_path / "audit.log").write_bytes(b"".join(line if isinstance(line, bytes) else line.encode() for line in lines))
    return [tmp_path / "audit.log"]


def digest(cert):
    return hashlib.sha256(cert.der).hexdigest().upper()


def test_the_last_event_counts_in_whatever_order_logs_are_named(httpd, people, tmp_path):
    alice = digest(people["alice"])
    old = event(alice, "nobody", time="2026-01-01T00:00:00.000Z")
    new = event(alice, "alice", time="2026-01-02T00:00:00.500Z")
    (tmp_path / "1").write_text(new)
    with gzip.open(tmp_path / "2.gz", "wt") as file:
        file.write(old)
    for logs in ([tmp_path / "1", tmp_path / "2.gz"], [tmp_path / "2.gz", tmp_path / "1"]):
        told = replay(httpd, same, logs=logs)
        assert (told.status, told.counts) == (0, {"same": 1})
    assert replay(httpd, same, logs=[tmp_path / "2.gz"]).different == [("somebody else", "nobody", "alice", "/in")]
    told = replay(httpd, same, logs=["-"], given=(old + new).encode())
    assert (told.status, told.counts) == (0, {"same": 1})


def test_since(httpd, people, tmp_path):
    logs = logs_of(tmp_path, event(digest(people["alice"]), "old"),
                   event(digest(people["bob"]), "bob", time="2026-02-01T12:00:00.000Z"))
    assert replay(httpd, same, logs=logs).status == 1
    for since in ("2026-01-02", "2026-02-01", "2026-02-01T12:00:00Z"):
        assert replay(httpd, same, "--since", since, logs=logs).counts == {"same": 1}
    told = replay(httpd, same, "--since", "2026-02-01T12:00:01Z", logs=logs)
    assert told.status == 2 and "none of the 2 decisions" in told.err and told.out == ""
    assert replay(httpd, same, "--since", "yesterday", logs=logs).err.startswith("certmapctl: --since is no time: yesterday")


def test_a_location_is_a_folder_of_paths(httpd, people, tmp_path):
    alice = digest(people["alice"])
    logs = logs_of(tmp_path, *(event(alice, "alice", path=path) for path in ("/in", "/in/x", "/in/x/y", "/inn")))
    for location, count in (("/in", 3), ("/in/", 2), ("/in/x", 2), ("/", 4), ("/inn", 1)):
        assert sum(replay(httpd, same, "--location", location, logs=logs).counts.values()) == count
    assert "write /PATH" in replay(httpd, same, "--location", "in", logs=logs).err


def test_nothing_to_compare(httpd, tmp_path):
    told = replay(httpd, same, logs=logs_of(tmp_path))
    assert (told.status, told.out) == (0, "0 the same, 0 let in, 0 refused, 0 somebody else\n")


def test_a_forged_log_reads_no_other_file(httpd, people, tmp_path):
    """Whoever can write to the log can name no file with it."""
    (tmp_path / "secret.der").write_bytes(people["alice"].der)
    logs = logs_of(tmp_path, event(f"../../..{tmp_path}/secret", "alice"), event("", "alice"), event("00" * 31, "alice"),
                   event("zz" * 32, "alice"), event("00" * 32, "alice"), event(digest(people["alice"]), "alice", path="*"))
    told = replay(httpd, same, logs=logs)
    assert told.status == 2 and told.counts == {"not kept": 1}


def test_hostile_lines(httpd, people, tmp_path):
    alice = digest(people["alice"])
    evil = "\x1b[31m\u202eevil\n\u2028"
    logs = logs_of(
        tmp_path, b"\xff\xfe\x00 garbage\n", b"{" * 50000 + b"\n", b"x" * 100_000 + b"\n", "[]\n", '{"@timestamp":1}\n',
        event(alice, evil, path="/in/x"), event(alice, "alice", path="/in/" + evil), event(alice, "alice", path="/in/../../etc/passwd"),
        event(alice, "alice", host=evil), event(alice, "alice", path="/in/\x00"), event(alice, "alice", path="/in/?a=b#c"),
        event(alice, "alice", path="/in/" + "a/" * 5000), event(alice, "alice", action={}), event(alice)[:-60])
    told = replay(httpd, same, logs=logs)
    assert told.status == 1 and "lines are no audit events and left out" in told.err, told.out + told.err
    assert told.counts["same"] >= 2 and told.counts["cannot tell"] >= 2
    assert not set("\x1b\u202e\u2028") & set(told.out + told.err)
    assert all(len(line) < 20_000 for line in told.out.splitlines())


def test_a_path_is_asked_about_as_it_was(httpd, people, tmp_path):
    rules = place("/odd path/50%", *ALONE[:2], "Require user bob")
    logs = logs_of(tmp_path, event(digest(people["alice"]), "alice", path="/odd path/50%/x?y"))
    told = replay(httpd, changed("<Location \"/bobs\">", rules + "<Location \"/bobs\">"), logs=logs)
    assert told.different == [("refused", "alice", "require", "/odd path/50%/x?y")]


def test_trials_and_other_events_are_no_decisions(httpd, people, tmp_path):
    trial = json.loads(event(digest(people["alice"]), "x"))
    trial["event"]["action"] = "trial"
    told = replay(httpd, same, logs=logs_of(tmp_path, json.dumps(trial) + "\n"))
    assert (told.status, told.counts) == (0, {})


# The command

def test_httpd_runs_once(httpd, tmp_path):
    script = tmp_path / "httpd"
    script.write_text(f'#!/bin/sh\necho x >> {tmp_path}/runs\nread -r line\necho noise; echo "$line" >/dev/null\n'
                      f'exec {httpd_program()} -f {httpd.path("conf/changed.conf")} "$@"\n')
    script.chmod(0o755)
    told = replay(httpd, command=str(script))
    assert told.status == 0 and (tmp_path / "runs").read_text() == "x\nx\n"  # with --json, and without


def test_a_broken_configuration(httpd):
    told = replay(httpd, lambda text: text + "\nCertMapNonsense\n")
    assert told.status == 2 and told.out == "" and "Invalid command 'CertMapNonsense'" in told.err
    assert "mend the configuration" in told.err.splitlines()[-1]


def test_an_httpd_that_is_older_or_none(httpd, tmp_path):
    told = replay(httpd, command="true")
    assert told.status == 2 and "older than certmapctl" in told.err
    assert "cannot run /nonexistent" in replay(httpd, command="/nonexistent").err


def test_an_httpd_that_dies_in_the_middle_is_no_answer(httpd, tmp_path):
    script = tmp_path / "httpd"
    script.write_text(f'#!/bin/sh\n{httpd_program()} -f {httpd.path("conf/changed.conf")} "$@" | head -c 600\nexit 0\n')
    script.chmod(0o755)
    told = replay(httpd, command=str(script))
    assert told.status == 2 and told.out == ""


@pytest.mark.parametrize("words, says", [
    ([], "--certificates FOLDER"),
    (["--certificates", "/nonexistent"], "cannot read /nonexistent: No such file or directory"),
    (["--certificates", "/dev/null"], "cannot read /dev/null: Not a directory"),
])
def test_the_folder_must_be_named(httpd, words, says):
    run = certmapctl("replay", *words, httpd.path("logs/audit.log"))
    assert run.status == 2 and says in run.error


def test_replay_writes_nothing(httpd):
    before = {name: httpd.read(name) for name in ("logs/audit.log", "logs/error.log")}
    names = kept(httpd).keys()
    replay(httpd)
    assert before == {name: httpd.read(name) for name in before} and kept(httpd).keys() == names
