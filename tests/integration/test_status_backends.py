"""docs/tools.md: what certmap-status says of directories, map files and audit logs."""

import os
import time

import pytest

from fake_ldap import BIND_DN, PASSWORD, FakeLdap, everyone, found, person, result
from ldap_clients import UNAVAILABLE, people, someone, together  # noqa: F401 (fixtures)
from maps import Maps
from places import ask, places
from status_page import PLAIN, Counts
from watch import wait_for


def changes(httpd):
    return [event["event"]["action"] for event in httpd.audit() if event["event"]["action"].startswith("backend_")]


def lines(httpd):
    return dict(line.split("): ", 1) if "): " in line else line.split(": ", 1)
                for line in httpd.get_plain("/status?auto").text.splitlines())


def name(fake):
    return f"ldap://127.0.0.1:{fake.port}"


@pytest.fixture
def fakes():
    both = FakeLdap(), FakeLdap()
    yield both
    for fake in both:
        fake.close()


def test_lookups_by_where_the_answer_came_from(serve, fakes, someone, pki):
    fake, other = fakes
    httpd = serve(mpm="event", plain=PLAIN,
                  **places({"people": fake.lines(), "other": other.lines()}, main="CertMapCache shmcb\n"))
    for one in fakes:
        one.wait_asked_at_start()
    login, cert = someone()
    with httpd.connect(cert) as connection:
        for _ in range(4):
            assert connection.get("/cgi/env/people").env["REMOTE_USER"] == login
    assert ask(httpd, cert, "people") == login
    fake.on_search = result(18)
    assert ask(httpd, someone()[1], "people") == UNAVAILABLE
    fake.on_search = found(person("a"), person("b"))
    assert ask(httpd, someone()[1], "people") == "!ambiguous_account"
    fake.on_search = found()
    assert ask(httpd, someone()[1], "people") == "!no_rule_matched"
    assert ask(httpd, pki.partner.issue(["CN=nothing-to-ask-with"]), "people") == "!no_rule_matched"
    counts = wait_for(lambda: (now := Counts(httpd))("decisions_total") == 9 and now)
    of = {"directory": name(fake)}
    assert counts.values("directory_lookups_total", "outcome", **{"from": "directory"}, **of) == {
        "found": 1, "failed": 1, "refused": 1, "none": 1}
    assert counts.values("directory_lookups_total", "from", outcome="found", **of) == {
        "connection": 3, "process": 1, "directory": 1}
    assert counts("directory_search_duration_seconds_count", **of) == len(fake.searches()) == 4
    assert counts("directory_search_duration_seconds_bucket", le="+Inf", **of) == 4
    assert 0 < counts("directory_search_duration_seconds_sum", **of) < 60
    assert counts("directory_lookups_total", directory=name(other)) == 0


def test_lookups_that_another_process_made(serve, fakes, someone):
    fake = fakes[0]
    httpd = serve(mpm="prefork", processes=4, plain=PLAIN, **places({"people": fake.lines()}, main="CertMapCache shmcb\n"))
    fake.wait_asked_at_start()
    login, cert = someone()
    assert ask(httpd, cert, "people") == login
    assert set(together(httpd, "people", [cert] * 40, threads=8)) == {login}
    counts = Counts(httpd).values("directory_lookups_total", "from", outcome="found")
    assert counts["directory"] == 1 == len(fake.searches())
    assert counts["shared"] >= 1 and sum(counts.values()) == 41


def test_a_slow_search_is_in_a_high_bucket(serve, fakes, pki):
    def slow(talk, request):
        time.sleep(0.3)
        return everyone(talk, request)
    fake = fakes[0]
    httpd = serve(plain=PLAIN, **places({"people": fake.lines()}))
    fake.on_search = slow
    assert ask(httpd, pki.alice, "people") == "alice"
    counts = Counts(httpd)
    bucket = "directory_search_duration_seconds_bucket"
    assert counts(bucket, le="0.25") == 0 and counts(bucket, le="5.0") == 1
    assert counts("directory_search_duration_seconds_sum") >= 0.3


@pytest.mark.parametrize("mpm", ["event", "prefork"])
def test_health_lives_over_graceful_restarts(serve, fakes, someone, mpm):
    fake = fakes[0]
    rules = places({"people": fake.lines("CertMapLDAPTimeout 1")})
    httpd = serve(mpm=mpm, processes=2, plain=PLAIN, **rules)
    fake.wait_asked_at_start()
    assert Counts(httpd)("directory_up") == 1 and Counts(httpd)("directory_changed_timestamp_seconds") == 0
    fake.stop()
    assert ask(httpd, someone()[1], "people") == UNAVAILABLE
    down = Counts(httpd)
    assert down("directory_up") == 0 and changes(httpd) == ["backend_down"]
    assert abs(down("directory_changed_timestamp_seconds") - time.time()) < 60
    assert "Connection refused" in lines(httpd)[f"DirectoryLastError({name(fake)}"]
    assert f"The directory {name(fake)} does not answer" in httpd.get_plain("/status").text
    for _ in range(2):
        httpd.graceful()
        assert ask(httpd, someone()[1], "people") == UNAVAILABLE
    assert changes(httpd) == ["backend_down"]
    assert Counts(httpd)("directory_changed_timestamp_seconds") == down("directory_changed_timestamp_seconds")
    fake.start()
    login, cert = someone()
    httpd.graceful()
    assert ask(httpd, cert, "people") == login
    assert wait_for(lambda: changes(httpd) == ["backend_down", "backend_up"])
    assert Counts(httpd)("directory_up") == 1
    httpd.graceful()
    assert ask(httpd, someone()[1], "people") != UNAVAILABLE
    assert changes(httpd) == ["backend_down", "backend_up"]
    assert "Connection refused" in lines(httpd)[f"DirectoryLastError({name(fake)}"]


def test_what_a_directory_says_of_the_bind_does_not_show_the_account(serve, fakes, someone):
    fake = fakes[0]
    fake.on_bind = result(49)
    httpd = serve(plain=PLAIN, **places({"people": fake.lines()}))
    assert ask(httpd, someone()[1], "people") == UNAVAILABLE
    error = lines(httpd)[f"DirectoryLastError({name(fake)}"]
    assert "refuses the bind as …: Invalid credentials (49)" in error
    assert BIND_DN in httpd.error_log()
    for query in ("", "?auto", "?metrics"):
        text = httpd.get_plain("/status" + query).text
        assert BIND_DN not in text and PASSWORD not in text


def test_directories_with_the_same_servers_are_told_apart(serve, fakes, someone):
    fake = fakes[0]
    two = fake.lines().replace(BIND_DN, "cn=other,dc=example,dc=com")
    httpd = serve(plain=PLAIN, **places({"one": fake.lines(), "two": two}))
    assert ask(httpd, someone()[1], "two") != UNAVAILABLE
    assert Counts(httpd).values("directory_lookups_total", "directory") == {f"{name(fake)} (2)": 1}
    assert Counts(httpd)("directory_up") == 2
    # The first goes: the second keeps its name and its counts.
    httpd.replace_config("CertMapUse one", "CertMapUse two")
    httpd.replace_config("<CertMapRule one>\nCertMapIssuedBy conf/corp-ca.pem\n" + fake.lines() + "\n</CertMapRule>", "")
    httpd.graceful()
    assert ask(httpd, someone()[1], "two") != UNAVAILABLE
    assert Counts(httpd).values("directory_lookups_total", "directory") == {f"{name(fake)} (2)": 2}


def test_a_directory_beyond_those_with_counters_of_their_own_alarms(serve, fakes, someone):
    """Several share the counters "(others)"; one of them that is down must show, and its return."""
    fake, last = fakes
    rules = {f"d{number:02}": fake.lines().replace(BIND_DN, f"cn={number},dc=example,dc=com") for number in range(65)}
    httpd = serve(mpm="prefork", processes=2, plain=PLAIN, **places({**rules, "last": last.lines()}))
    others = {"directory": "(others)"}
    last.wait_asked_at_start()
    assert Counts(httpd)("directory_up", **others) == 1 and Counts(httpd)("directory_up") == 64
    last.stop()
    assert ask(httpd, someone()[1], "last") == UNAVAILABLE
    assert ask(httpd, someone()[1], "d64") != UNAVAILABLE
    assert Counts(httpd)("directory_up", **others) == 0 and Counts(httpd)("directory_up") == 63
    assert Counts(httpd).values("directory_lookups_total", "outcome", **others) == {"failed": 1, "found": 1}
    last.start()
    wait_for(lambda: ask(httpd, someone()[1], "last") != UNAVAILABLE)
    assert Counts(httpd)("directory_up", **others) == 1


ALICE = "email:alice@example.com alice\n"


def test_map_files(serve, pki):
    maps = Maps(serve, {"a": ALICE, "b": ALICE + "email:bob@example.com !\n"}, plain=PLAIN, processes=2)
    httpd, of = maps.httpd, {"path": maps.path("a")}
    for cert, account in ((pki.alice, "alice"), (pki.bob, 403)):
        assert maps.account("a", cert) == account
    first = Counts(httpd)
    assert first.values("map_file_lookups_total", "outcome", **of) == {"found": 1, "none": 1}
    assert first.values("map_file_entries", "path") == {maps.path("a"): 1, maps.path("b"): 2}
    assert first("map_file_generation", **of) == 1 == first("map_file_live", **of) == first("map_file_good", **of)
    assert abs(first("map_file_read_timestamp_seconds", **of) - time.time()) < 60
    assert "MapFileLastError(" + maps.path("a") not in lines(httpd)
    mark = maps.mark()
    maps.write("a", ALICE + "email:secret@example.com \"\n")
    maps.wait("a", mark, "map_reload_failed")
    bad = Counts(httpd)
    assert bad("map_file_good", **of) == 0 and bad("map_file_reload_failures_total", **of) == 1
    assert bad("map_file_generation", **of) == 1 and bad("map_file_good", path=maps.path("b")) == 1
    assert bad("map_file_read_timestamp_seconds", **of) == first("map_file_read_timestamp_seconds", **of)
    assert maps.path("a") + ":2: " in lines(httpd)["MapFileLastError(" + maps.path("a")]
    assert "has errors; its last good state is in force" in httpd.get_plain("/status").text
    httpd.graceful()
    assert maps.account("a", pki.alice) == "alice"
    again = Counts(httpd)
    assert again("map_file_reload_failures_total", **of) == 1 and again("map_file_good", **of) == 0
    assert again("map_file_lookups_total", **of) == 3
    maps.change("a", ALICE + "email:carol@example.com carol\n")
    good = Counts(httpd)
    assert good("map_file_good", **of) == 1 and good("map_file_generation", **of) == 2 == good("map_file_entries", **of)
    assert good("map_file_read_timestamp_seconds", **of) > first("map_file_read_timestamp_seconds", **of)
    assert good("map_file_reload_failures_total", **of) == 1
    assert "secret" not in httpd.get_plain("/status?auto").text


def test_a_map_file_that_is_as_it_was_is_good_again(serve):
    maps = Maps(serve, {"a": ALICE}, plain=PLAIN)
    mark = maps.mark()
    os.rename(maps.path("a"), maps.path("a") + ".away")
    maps.wait("a", mark, "map_reload_failed")
    assert Counts(maps.httpd)("map_file_good") == 0
    os.rename(maps.path("a") + ".away", maps.path("a"))
    wait_for(lambda: Counts(maps.httpd)("map_file_good") == 1)
    assert Counts(maps.httpd)("map_file_reload_failures_total") == 1


def test_errors_of_a_map_file_do_not_show_its_entries(serve):
    maps = Maps(serve, {"a": ALICE}, plain=PLAIN)
    mark = maps.mark()
    maps.write("a", "email:x@example.com !hidden\n")
    maps.wait("a", mark, "map_reload_failed")
    error = lines(maps.httpd)["MapFileLastError(" + maps.path("a")]
    assert ":1: the account begins with" in error and "hidden" not in error
    assert "hidden" not in maps.httpd.error_log()


def test_a_map_file_that_nobody_may_read_again_is_not_live(serve):
    httpd = serve(main="<CertMapRule m>\nCertMapFile conf/m.map\n</CertMapRule>", plain=PLAIN,
                  files={"conf/m.map": ALICE}, location="AuthType ClientCert\nCertMapUse m\nRequire valid-user")
    not_followed = f"The map file {httpd.path('conf/m.map')} is not followed: see CM0030 in the error log."
    assert Counts(httpd)("map_file_live") == 1 and not_followed not in httpd.get_plain("/status").text
    if os.geteuid() == 0:
        os.chmod(httpd.path("conf/m.map"), 0o600)
        httpd.graceful()
        assert Counts(httpd)("map_file_live") == 0
        assert not_followed in httpd.get_plain("/status").text and "CM0030" in httpd.error_log()


def test_audit_logs(serve, pki):
    rule = dict(main="<CertMapRule cn>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>",
                location="AuthType ClientCert\nCertMapUse cn\nRequire valid-user")
    other = """
<VirtualHost 127.0.0.1:${PORT}>
    ServerName other.example.test
    CertMapAuditLog "|/bin/cat one-secret >/dev/null"
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName third.example.test
    CertMapAuditLog "|/bin/cat two-secret >/dev/null"
</VirtualHost>
<VirtualHost 127.0.0.1:${PORT}>
    ServerName fourth.example.test
    CertMapAuditLog "|$PASSWORD=three-secret exec cat >/dev/null"
</VirtualHost>"""
    httpd = serve(plain=PLAIN, after=other, **rule)
    for cert in (pki.alice, pki.carol, pki.carol):
        httpd.get("/page.html", cert)
    log = httpd.path("logs/audit.log")
    def events():
        return Counts(httpd).values("audit_events_total", "target")
    assert wait_for(lambda: events().get(log) == len(httpd.audit()) == 4)
    assert {"|/bin/cat", "|/bin/cat (2)"} < set(events())
    assert "secret" not in httpd.get_plain("/status").text
    assert Counts(httpd)("audit_failures_total", target=log) == 0
    os.unlink(log)  # a deleted file: nobody would ever read the event
    httpd.get("/page.html", pki.carol)
    wait_for(lambda: Counts(httpd)("audit_failures_total", target=log) == 1)
    assert events()[log] == 5  # it got a number
    assert "<li>1 event could not be written" in httpd.get_plain("/status").text
    httpd.graceful()
    assert events()[log] == 6 and Counts(httpd)("audit_failures_total", target=log) == 1
