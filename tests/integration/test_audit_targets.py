"""Where audit events go (docs/audit.md): files, programs, none; failures; many writers."""

import concurrent.futures
import json
import os
import stat
import subprocess
import time

import pytest

from audit_servers import MAIN, Server, with_log
from client import password
from httpd_setup import user_file
from pki import dns
from status_page import PLAIN, Counts, wait_for_requests
from watch import wait_for

ENOUGH = 150  # events that are more than a pipe or FIFO holds
MAP = """
<CertMapRule m>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map
</CertMapRule>
"""
TARGETS = {
    "own": "logs/own.log", "same": "logs/../logs/own.log", "none": "none",
    "program": '"|/usr/bin/tee -a ${ROOT}/logs/program.log"',
    "shell": '"|$cat >> ${ROOT}/logs/shell.log"',
    "full": "/dev/full", "full-deny": "/dev/full\nCertMapAuditFailure deny",
    "fifo": "run/fifo", "fifo-deny": "run/fifo-deny\nCertMapAuditFailure deny",
    "lonely": "run/fifo-lonely\nCertMapAuditFailure Deny",
    "sleep": '"|/bin/sleep 1001"', "sleep-deny": '"|/bin/sleep 1002"\nCertMapAuditFailure deny',
    "deleted": "logs/deleted.log\nCertMapAuditFailure deny",
}


@pytest.fixture(scope="module")
def server(pki):
    from server import Httpd
    httpd = Httpd(pki, main=MAIN + MAP, audit="", processes=3, files={"conf/m.map": ""},
                  after="".join(with_log(*pair) for pair in TARGETS.items()))
    readers = []
    for name in ("fifo", "fifo-deny", "fifo-lonely"):
        os.mkfifo(httpd.path(f"run/{name}"))
        if name != "fifo-lonely":
            readers.append(os.open(httpd.path(f"run/{name}"), os.O_RDONLY | os.O_NONBLOCK))
    with httpd:
        yield Server(httpd)
    for reader in readers:
        os.close(reader)


def test_a_virtual_hosts_log_replaces_the_main_servers(server, pki):
    seen = server.httpd.watch()
    for name in ("own", "none", ""):
        assert server.get(name, pki.alice).status == 200
    (event,) = seen.events(1, requests=3)
    assert event["service"]["name"] == "localhost"
    (event,) = server.requests_in("logs/own.log")
    assert event["service"]["name"] == "own.example.test"


def test_a_log_that_two_servers_name_is_one_log(server, pki):
    server.get("same", pki.alice)
    wait_for(lambda: server.requests_in("logs/own.log")[-1]["url"]["domain"] == "same.example.test")
    sequences = [event["event"]["sequence"] for event in server.httpd.audit("logs/own.log")]
    assert sequences == list(range(1, len(sequences) + 1))


@pytest.mark.parametrize("name", ["program", "shell"])
def test_a_program_gets_whole_lines(server, pki, name):
    assert server.get(name, pki.alice).status == 200
    assert server.get(name, pki.bob).status == 403
    events = wait_for(lambda: (found := server.requests_in(f"logs/{name}.log")) and len(found) == 2 and found)
    assert [event["event"]["outcome"] for event in events] == ["success", "failure"]


def command(pid):
    with open(f"/proc/{pid}/cmdline", encoding="utf-8") as file:
        return file.read()


def test_a_program_that_ends_is_started_again(server, pki):
    server.get("program", pki.bob)
    before = len(server.requests_in("logs/program.log"))
    (program,) = [pid for pid in server.httpd.children() if "program.log" in command(pid)]
    os.kill(program, 15)
    wait_for(lambda: server.get("program", pki.bob).status == 403
             and len(server.requests_in("logs/program.log")) > before + 1)


LOGS = ["audit", "own", "program", "shell"]


@pytest.mark.parametrize("log", LOGS)
def test_the_start_is_one_event_in_every_log(server, log):
    events = wait_for(lambda: server.httpd.audit(f"logs/{log}.log"))
    assert [event["event"]["sequence"] for event in events if event["event"]["action"] == "start"] == [1]
    assert events[0]["event"]["category"] == ["configuration"]
    assert events[0]["event"]["outcome"] == "success" and events[0]["process"]["pid"] == server.httpd.pid


def test_a_map_reload_is_one_event_in_every_log(server):
    def reloads(log):
        return [event for event in server.httpd.audit(f"logs/{log}.log")
                if event["event"]["action"] == "map_reload"]
    server.httpd.write("conf/m.map", "# changed\n")
    wait_for(lambda: all(map(reloads, LOGS)), "map_reload in every log")
    assert [len(reloads(log)) for log in LOGS] == [1] * len(LOGS)


def test_a_new_file_is_for_its_owner_and_group(server):
    assert stat.S_IMODE(os.stat(server.httpd.path("logs/own.log")).st_mode) == 0o640


@pytest.fixture(scope="module")
def broken(server):
    """All are filled up, or without a file."""
    os.unlink(server.httpd.path("logs/deleted.log"))
    for name in ("fifo", "sleep"):
        assert server.statuses(name, count=ENOUGH) == {403}
        assert server.statuses(f"{name}-deny", count=ENOUGH) == {403, 503}
    return server


@pytest.mark.parametrize("name", ["full", "fifo", "sleep"])
def test_allow_lets_requests_go_on_where_an_event_cannot_be_written(broken, pki, name):
    errors = broken.httpd.watch()
    assert broken.statuses(name, pki.alice, 3) == {200}
    assert broken.statuses(name, pki.bob, 3) == {403}
    wait_for(lambda: broken.get(name).status == 403 and errors.errors("audit event"), "error-log line")
    assert "could not be written" in errors.error("audit event")


@pytest.mark.parametrize("name", ["full-deny", "fifo-deny", "sleep-deny", "lonely", "deleted"])
def test_deny_answers_503_where_an_event_cannot_be_written(broken, pki, name):
    for cert in (pki.alice, pki.bob, None):
        answer = broken.get(name, cert, "/cgi/env")
        assert answer.status == 503
        assert "REMOTE_USER" not in answer.text and "WWW-Authenticate" not in answer.headers


def test_virtual_hosts_inherit_deny_and_it_lets_in_where_the_event_is_written(serve, pki):
    httpd = serve(main=MAIN + "CertMapAuditFailure deny\n", audit="", after=with_log("full", "/dev/full"))
    assert [httpd.get("/index.html", cert).status for cert in (pki.alice, pki.bob)] == [200, 403]
    assert Server(httpd).get("full", pki.alice).status == 503


@pytest.mark.parametrize("certmap", [True, "first"])
def test_deny_holds_under_satisfy_any(make_httpd, pki, certmap):
    """httpd goes on after a refusal there, to a password, and FakeBasicAuth has one for everybody."""
    types = {"alone": "AuthType ClientCert\n", "basic": "AuthType Basic\nAuthName x\nAuthUserFile conf/users\n"}
    more = {"bare": "", "denied": "Order deny,allow\nDeny from all\n", "fake": "SSLOptions +FakeBasicAuth\n"}
    names = [f"{kind}/{what}" for kind in types for what in more]
    places = "".join(f"""<Location "/cgi/env/{name}">
            {types[name.split("/")[0]]}{more[name.split("/")[1]]}
            CertMapUse cn
            Require valid-user
            Satisfy Any
        </Location>
        """ for name in names)
    users = user_file("alice", "bob") + "/O=Example/CN=alice:xxj31ZMTZzkVA\nCN=alice,O=Example:xxj31ZMTZzkVA\n"
    httpd = make_httpd(main=MAIN, audit="CertMapAuditLog /dev/full", vhost="CertMapAuditFailure deny\n" + places,
                       modules=("access_compat",), files={"conf/users": users}, certmap=certmap)
    with httpd:
        for name in names:
            for headers in ({}, password("alice"), password("bob")):
                response = httpd.get(f"/cgi/env/{name}", pki.alice, headers)
                assert response.status == 503 and "REMOTE_USER" not in response.text, (name, headers)


def test_deny_holds_where_require_refuses(make_httpd, pki):
    requires = {"user": "Require user nobody", "env": "Require env CERTMAP_RULE", "denied": "Require all denied"}
    places = "".join(f"""<Location "/cgi/env/{name}">
            AuthType ClientCert
            CertMapUse cn
            {require}
        </Location>
        """ for name, require in requires.items())
    with make_httpd(main=MAIN, audit="CertMapAuditLog /dev/full",
                    vhost="CertMapAuditFailure deny\n" + places, plain=PLAIN) as httpd:
        for name in requires:
            for cert in (pki.alice, None):
                response = httpd.get(f"/cgi/env/{name}", cert)
                assert response.status == 503 and "REMOTE_USER" not in response.text, (name, cert)
        wait_for_requests(httpd, 6)
        # "env" would have let alice in.
        counts = Counts(httpd)
        assert counts.values("refused_total", "reason") == {"mapped": 3, "no_certificate": 3}
        assert counts("accepted_total") == 0


def test_the_error_log_says_so_not_more_than_once_a_second(broken):
    """Over all processes and logs."""
    seen, start = broken.httpd.watch(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: broken.statuses("full", count=40), range(8)))
    wait_for(lambda: broken.get("full") and seen.errors("audit event"), "error-log line")
    passed = time.monotonic() - start
    assert 1 <= len(seen.errors("audit event")) <= passed + 1


@pytest.mark.parametrize("name", ["fifo", "fifo-deny"])
def test_what_a_full_fifo_holds_is_whole_and_it_goes_on_when_it_is_read(broken, name):
    reader = os.open(broken.httpd.path(f"run/{name}"), os.O_RDONLY | os.O_NONBLOCK)

    def read():
        text = b""
        while True:
            try:
                text += os.read(reader, 65536)
            except BlockingIOError:
                return text
    try:
        held = [json.loads(line)["event"]["sequence"] for line in read().splitlines()]
        assert held == list(range(1, len(held) + 1)) and len(held) > 10
        assert broken.statuses(name) == {403}
        (line,) = read().splitlines()
        assert json.loads(line)["event"]["reason"] == "no_certificate"
        assert json.loads(line)["event"]["sequence"] > len(held) + 1  # the gap shows what was lost
    finally:
        os.close(reader)


def test_many_writers_tear_no_line_and_lose_none(server, pki):
    seen = server.httpd.watch()
    names = ["x" * 63 + "." + "y" * 50 + f".{n}" for n in range(40)]
    cert = pki.issuing.issue(["CN=bob"], san=[dns(name) for name in names])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: server.statuses("", cert, 25), range(24)))
    events = seen.events(600)
    assert len({event["process"]["pid"] for event in events}) > 1
    sequences = sorted(event["event"]["sequence"] for event in events)
    assert sequences == list(range(sequences[0], sequences[0] + 600))


def test_a_graceful_restart_opens_the_file_anew(serve, pki):
    httpd = serve(main=MAIN, audit="")
    assert httpd.get("/index.html", pki.alice).status == 200
    old = httpd.audit()
    os.rename(httpd.path("logs/audit.log"), httpd.path("logs/audit.log.1"))
    httpd.graceful()
    assert httpd.get("/index.html", pki.bob).status == 403
    assert httpd.audit("logs/audit.log.1") == old
    new = httpd.audit()
    assert [event["event"]["action"] for event in new] == ["start", "authenticate"]
    first = old[-1]["event"]["sequence"] + 1
    assert [event["event"]["sequence"] for event in new] == [first, first + 1]


def test_a_line_that_a_crash_cut_spoils_no_other(make_httpd, pki):
    httpd = make_httpd(main=MAIN, audit="", files={"logs/audit.log": '{"event":{"rea'})
    httpd.start()
    httpd.get("/index.html", pki.alice)
    lines = httpd.read("logs/audit.log").splitlines()
    assert lines[0] == '{"event":{"rea'
    assert [json.loads(line)["event"]["action"] for line in lines[1:]] == ["start", "authenticate"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 8 KiB."""
    os.chmod(tmp_path, 0o755)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", tmp_path],
                                           stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def test_a_full_disk_spoils_one_line_only(serve, small_disk):
    (small_disk / "filler").write_bytes(b"x" * 4096)
    httpd = serve(main=MAIN, audit=f"CertMapAuditLog {small_disk}/audit.log\nCertMapAuditFailure deny")
    statuses = [httpd.get("/index.html").status for _ in range(12)]
    full = statuses.index(503)
    assert statuses == [403] * full + [503] * (12 - full)
    (small_disk / "filler").unlink()
    assert httpd.get("/index.html").status == 403
    *whole, cut, last = (small_disk / "audit.log").read_text().splitlines()
    sequences = [json.loads(line)["event"]["sequence"] for line in (*whole, last)]
    assert sequences == [*range(1, full + 2), 14]
    with pytest.raises(ValueError):
        json.loads(cut)


@pytest.mark.parametrize("target", ["missing/folder/audit.log", "conf", '"|/no/such/program"'])
def test_a_log_that_cannot_be_opened_stops_the_start(make_httpd, target):
    said = make_httpd(audit=f"CertMapAuditLog {target}").start_fails()
    assert target.strip('"|') in said
