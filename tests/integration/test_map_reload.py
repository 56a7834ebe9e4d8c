"""Live reload of map files (docs/map-file.md): within 2 s, read once, by one process, for all."""

import os
import re
import signal
import time

import pytest

from maps import SOON, Maps
from watch import wait_for

QUIET = 1.6  # a change that is reported again would be seen in this time
ROOT = os.geteuid() == 0
ALICE = "email:alice@example.com alice\n"
BLOCKED = "email:alice@example.com !\n"


# One change, many processes

@pytest.fixture(scope="module", params=["prefork", "event"])
def many(request, serve):
    return Maps(serve, {"block": ALICE, "slow": ALICE, "long": ALICE}, mpm=request.param, processes=3)


def statuses(connections):
    return [connection.get("/cgi/env/block").status for connection in connections]


def connect_to_several_processes(httpd, cert):
    """Kept-alive connections with a decision remembered."""
    seen = httpd.watch()
    connections = []
    for count in range(1, 25):
        connections.append(httpd.connect(cert))
        assert connections[-1].get("/cgi/env/block").status == 200
        pids = {event["process"]["pid"] for event in seen.all_events()}
        if len(pids) > 1 and count >= 6:
            return connections
    raise AssertionError("all connections are served by one process")


def test_a_change_bites_on_all_open_connections_and_is_read_once(many, pki):
    connections = connect_to_several_processes(many.httpd, pki.alice)
    mark = many.mark()
    assert many.change("block", BLOCKED) == 2
    wait_for(lambda: statuses(connections) == [403] * len(connections), "the block", SOON)
    refused = [event for event in many.httpd.audit() if event["event"]["outcome"] == "failure"]
    assert {one["event"]["reason"] for one in refused} == {"denied_by_rule"}
    assert {one["certmap"]["map_generation"] for one in refused} == {2}
    assert len({one["process"]["pid"] for one in refused}) > 1
    assert many.change("block", ALICE.replace(" alice", " other groups=new")) == 3
    wait_for(lambda: statuses(connections) == [200] * len(connections), "the end of it", SOON)
    env = connections[0].get("/cgi/env/block").env
    assert (env["REMOTE_USER"], env["CERTMAP_GROUPS"]) == ("other", "new")
    assert many.actions("block", mark) == ["map_reload"] * 2
    assert len([line for line in many.errors("block", mark) if "generation" in line]) == 2


def test_a_reload_event_is_complete(many):
    event = many.events("block")[0]
    assert event["event"]["category"] == ["configuration"]
    assert (event["event"]["type"], event["event"]["outcome"]) == (["change"], "success")
    assert event["file"]["path"] == many.path("block")
    assert (event["certmap"]["backend"], event["certmap"]["map_generation"]) == ("file", 2)
    assert not {"source", "user", "tls", "url", "http", "error", "rule"} & set(event)


def test_it_goes_on_when_the_process_that_watched_has_ended(serve, pki):
    """Whichever child it is that watches: all of them are replaced. Children of event do not end so. Where SIGTERM
    finds those of prefork at work or starting, they may crash or end httpd, without CertMap too: these are idle."""
    idle = Maps(serve, {"block": ALICE}, mpm="prefork", processes=3)
    assert idle.change("block", ALICE + "# watched\n") == 2
    old = idle.httpd.children()
    for pid in old:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: idle.httpd.children() and not old & idle.httpd.children(), "new children")
    assert idle.change("block", BLOCKED) == 3
    assert idle.account("block", pki.alice) == 403


@pytest.mark.parametrize("many", ["event"], indirect=True)
def test_a_file_that_is_still_being_written_is_left_alone(many, pki):
    """In place, slowly, and complete only at the end: what stands there before that is an error."""
    mark = many.mark()
    with open(many.path("slow"), "w", encoding="ascii") as file, many.httpd.connect(pki.alice) as connection:
        for number in range(9):
            file.write(f'email:{number}@example.com user{number}\n"email:')
            file.flush()
            assert connection.get("/cgi/env/slow").env["REMOTE_USER"] == "alice"
            time.sleep(0.09)
            file.seek(file.tell() - len('"email:'))
        file.write("email:alice@example.com alice3\n")
    assert many.wait("slow", mark, "map_reload")["certmap"]["map_generation"] == 2
    assert many.account("slow", pki.alice) == "alice3"


@pytest.mark.parametrize("many", ["event"], indirect=True)
def test_a_long_file_is_swapped_in_whole_while_requests_go_on(many, pki):
    mark = many.mark()
    connection = many.httpd.connect(pki.alice)
    others = "".join(f"email:user{number}@example.com user{number}\n" for number in range(100_000))
    many.write("long", "email:alice@example.com alice9\n" + others)
    accounts = set()
    while not many.events("long", mark):
        accounts.add(connection.get("/cgi/env/long").env["REMOTE_USER"])
    assert connection.get("/cgi/env/long").env["REMOTE_USER"] == "alice9"
    assert accounts <= {"alice", "alice9"}


# Bad changes: all at once, on files of their own

def folder(maps, name):
    maps.remove(name)
    os.mkdir(maps.path(name))


def give_away(maps, name):
    maps.write("new", BLOCKED)
    os.chown(maps.path("new"), 1, -1)
    os.rename(maps.path("new"), maps.path(name))


BAD = {
    "bad-line": lambda maps, name: maps.write(name, BLOCKED + "nonsense:x y\n"),
    "duplicate": lambda maps, name: maps.write(name, BLOCKED * 2),
    "half": lambda maps, name: maps.write(name, BLOCKED + '"email:bob@exam'),
    "vanished": lambda maps, name: maps.remove(name),
    "unreadable": lambda maps, name: maps.write(name, BLOCKED, mode=0),
    "writable": lambda maps, name: maps.write(name, BLOCKED, mode=0o666),
    "folder": folder,
    **({"given-away": give_away} if ROOT else {}),
}
SECRET = ["secret"] if ROOT else []  # a file that httpd's User may not read
AT_RESTART = ["re-bad-line", "re-vanished", "re-changed"]


@pytest.fixture(scope="module")
def maps(pki):
    """A server with a map for each of these; started by the first test."""
    from server import Httpd

    def not_started(**how):
        return Httpd(pki, **how)

    made = Maps(not_started, {name: ALICE for name in (*BAD, *SECRET, *AT_RESTART)}, processes=2)
    for name in SECRET:
        os.chmod(made.path(name), 0o600)
    with made.httpd:
        yield made


@pytest.fixture(scope="module")
def after_bad_changes(maps):
    """All are changed, and left alone for longer than it takes to notice them."""
    mark = maps.mark()
    for name, change in BAD.items():
        change(maps, name)
    for name in SECRET:
        maps.write(name, BLOCKED, mode=0o600)
    for name in BAD:
        maps.wait(name, mark, "map_reload_failed")
    time.sleep(QUIET)
    return mark


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_leaves_the_last_good_one_and_is_told_once(maps, after_bad_changes, pki, name):
    assert maps.account(name, pki.alice) == "alice"
    (event,) = maps.events(name, after_bad_changes)
    assert (event["event"]["action"], event["event"]["outcome"]) == ("map_reload_failed", "failure")
    assert (event["event"]["category"], event["certmap"]["map_generation"]) == (["configuration"], 1)
    assert maps.path(name) in event["error"]["message"]
    lines = maps.errors(name, after_bad_changes)
    assert len([line for line in lines if "last good" in line]) == 1
    assert len([line for line in lines if event["error"]["message"] in line]) == 1


@pytest.fixture(scope="module")
def after_mending(maps, after_bad_changes):
    mark = maps.mark()
    for name in BAD:
        if name == "folder":
            maps.remove(name)
        errors = "nonsense1:x y\n" + ALICE + "email:x\n"
        maps.write(name, errors if name == "bad-line" else ALICE.replace(" alice", " alice2"))
    for name in BAD:
        maps.wait(name, mark, "map_reload_failed" if name == "bad-line" else "map_reload")
    return mark


@pytest.mark.parametrize("name", [name for name in BAD if name != "bad-line"])
def test_a_file_that_is_good_again_is_the_next_generation(maps, after_mending, pki, name):
    assert maps.account(name, pki.alice) == "alice2"
    (event,) = maps.events(name, after_mending)
    assert event["certmap"]["map_generation"] == 2


def test_another_bad_state_is_told_anew_with_all_errors(maps, after_mending):
    (event,) = maps.events("bad-line", after_mending)
    assert ":1: unknown attribute" in event["error"]["message"]
    lines = wait_for(lambda: [line for line in maps.errors("bad-line", after_mending)], "lines")
    numbers = [found[1] for line in lines if (found := re.search(r"\.map:(\d+): ", line))]
    assert numbers == ["1", "3"]


@pytest.mark.skipif(not ROOT, reason="the children of others are no other user")
def test_where_the_user_may_not_read_a_file_start_up_says_that_live_reload_is_off(
        maps, after_bad_changes, pki):
    said = maps.httpd.read("logs/stderr.log") + maps.httpd.error_log()
    lines = [line for line in said.splitlines() if "live reload" in line]
    assert lines and all(maps.path("secret") in line and " off" in line for line in lines)
    assert maps.events("secret", after_bad_changes) == []
    assert maps.account("secret", pki.alice) == "alice"


# A graceful restart, with bad files and a changed one

@pytest.fixture(scope="module")
def after_restart(maps, after_mending, pki):
    mark = maps.mark()
    BAD["bad-line"](maps, "re-bad-line")
    BAD["vanished"](maps, "re-vanished")
    maps.write("re-changed", ALICE.replace(" alice", " alice2"))
    maps.httpd.graceful()
    return mark


@pytest.mark.parametrize("name", AT_RESTART[:2])
def test_a_graceful_restart_with_a_bad_file_keeps_the_last_good_one(maps, after_restart, pki, name):
    assert maps.account(name, pki.alice) == "alice"
    maps.wait(name, after_restart, "map_reload_failed")
    assert [line for line in maps.errors(name, after_restart) if "last good" in line]
    assert set(maps.actions(name, after_restart)) == {"map_reload_failed"}


def test_a_graceful_restart_reads_a_changed_file(maps, after_restart, pki):
    assert maps.account("re-changed", pki.alice) == "alice2"
    (event,) = maps.events("re-changed", after_restart)
    assert (event["event"]["action"], event["certmap"]["map_generation"]) == ("map_reload", 2)


@pytest.mark.skipif(not ROOT, reason="needs a file that only root can read")
def test_a_graceful_restart_reads_what_live_reload_could_not(maps, after_restart, pki):
    assert maps.account("secret", pki.alice) == 403


def test_live_reload_goes_on_after_a_graceful_restart(maps, after_restart, pki):
    mark = maps.mark()
    for name in AT_RESTART:
        maps.write(name, ALICE.replace(" alice", " alice5"))
    for name in AT_RESTART:
        maps.wait(name, mark, "map_reload")
        assert maps.actions(name, mark) == ["map_reload"]
        assert maps.account(name, pki.alice) == "alice5"
    assert maps.events("re-changed")[-1]["certmap"]["map_generation"] == 3
    for name in AT_RESTART[:2]:  # once for the change, not once more for the restart
        assert maps.actions(name, after_restart) == ["map_reload_failed", "map_reload"]


def test_a_file_that_was_never_good_is_503_until_it_is(maps, after_restart, pki):
    """A graceful restart can bring a bad file in; only a first start fails."""
    maps.httpd.replace_config("conf/re-changed.map", "conf/first.map")
    maps.write("first", "nonsense:x y\n")
    maps.httpd.graceful()
    seen = maps.httpd.watch()
    assert maps.account("re-changed", pki.alice) == 503
    assert seen.events(1)[0]["event"]["reason"] == "backend_unavailable"
    maps.httpd.graceful()
    assert maps.actions("first") == ["map_reload_failed"]
    assert maps.change("first", ALICE) == 1
    assert maps.account("re-changed", pki.alice) == "alice"


def test_without_mod_watchdog_live_reload_is_said_to_be_off(make_httpd, pki):
    httpd = Maps(make_httpd, {"m": ALICE}).httpd
    lines = [line for line in httpd.read("conf/httpd.conf").splitlines() if "watchdog_module" in line]
    if not lines:
        pytest.skip("mod_watchdog is built in")
    httpd.replace_config(lines[0], "")
    httpd.start()
    said = httpd.read("logs/stderr.log") + httpd.error_log()
    (line, *_) = [line for line in said.splitlines() if "live reload" in line]
    assert httpd.path("conf/m.map") in line and "mod_watchdog" in line
