"""Live reload of map files (docs/map-file.md) where writers, children and administrators are in each other's way."""

import fcntl
import os
import re
import signal
import threading
import time

import pytest

from fake_ldap import FakeLdap, later, result
from maps import Maps, last_answers
from watch import wait_for

ROOT = os.geteuid() == 0
NEXT = 6.0  # mod_watchdog's singleton takes 10 s and more to go on in another child
ALICE = "email:alice@example.com alice\n"
BLOCKED = "email:alice@example.com !\n"
# A mechanism that httpd was built without is skipped.
MUTEXES = ["file:{}", "flock:{}", "fcntl:{}", "sysvsem", "posixsem", "pthread", "sem"]


# Writers

def write_in_pieces(path, last):
    with open(path, "w", encoding="ascii") as file:
        for number in range(50):
            file.write(f"email:{number}@example.com user{number}\n")
            file.flush()
            time.sleep(0.1)
        file.write(last)


def accounts_while(maps, cert, action, *how):
    """Which accounts requests get while a thread does this."""
    seen = set()
    thread = threading.Thread(target=action, args=how)
    with maps.httpd.connect(cert) as connection:
        connection.get("/cgi/env/m")
        thread.start()
        while thread.is_alive():
            response = connection.get("/cgi/env/m")
            seen.add(response.env["REMOTE_USER"] if response.status == 200 else response.status)
        thread.join()
    return seen


def test_a_file_written_in_pieces_is_never_read_half(serve, pki):
    maps = Maps(serve, {"m": ALICE}, processes=2)
    mark = maps.mark()
    assert accounts_while(maps, pki.alice, write_in_pieces, maps.path("m"), ALICE) == {"alice"}
    maps.wait("m", mark, "map_reload")
    assert maps.account("m", pki.alice) == "alice"
    assert maps.actions("m", mark) == ["map_reload"]
    (line,) = [line for line in maps.errors("m", mark) if "CM0033" in line]
    assert "at rest" in line


def test_a_new_file_that_is_written_in_pieces_is_not_read_half_either(serve, pki):
    """Removed, and written anew under the same name: no rename has said that it is complete."""
    maps = Maps(serve, {"m": ALICE})
    mark = maps.mark()
    os.remove(maps.path("m"))
    assert accounts_while(maps, pki.alice, write_in_pieces, maps.path("m"), ALICE) == {"alice"}
    maps.wait("m", mark, "map_reload")
    assert maps.account("m", pki.alice) == "alice"


def test_a_new_file_whose_mode_is_set_before_it_is_filled_is_not_read_half(serve, pki):
    """Its times are then those of a file that was renamed to its name."""
    maps = Maps(serve, {"m": BLOCKED})
    mark = maps.mark()

    def write():
        os.remove(maps.path("m"))
        with open(maps.path("m"), "w", encoding="ascii") as file:
            file.write("subject.CN:alice alice\n")
            file.flush()
            time.sleep(0.1)
            os.fchmod(file.fileno(), 0o644)
            time.sleep(0.6)
            file.write(BLOCKED)
    assert accounts_while(maps, pki.alice, write) == {403}
    maps.wait("m", mark, "map_reload")
    assert maps.account("m", pki.alice) == 403


def test_a_file_that_is_slowly_written_anew_twice_is_not_read_half(serve, pki):
    maps = Maps(serve, {"m": BLOCKED})

    def write():
        for _ in range(2):
            os.remove(maps.path("m"))
            with open(maps.path("m"), "w", encoding="ascii") as file:
                file.write("subject.CN:alice alice\n")
                for _ in range(14):
                    file.write("# .\n")
                    file.flush()
                    time.sleep(0.25)
                file.write(BLOCKED)
    assert accounts_while(maps, pki.alice, write) == {403}


def test_a_file_that_is_replaced_without_end_is_read_nevertheless(serve, pki):
    maps = Maps(serve, {"m": ALICE}, processes=2)
    mark = maps.mark()
    others = "".join(f"email:user{number}@example.com user{number}\n" for number in range(20_000))
    end, number = time.monotonic() + 30, 0
    while len(maps.actions("m", mark)) < 3:
        assert time.monotonic() < end
        number += 1
        maps.write("m", f"email:alice@example.com alice{number}\n" + others)
        time.sleep(1 / 36)
    assert set(maps.actions("m", mark)) == {"map_reload"}
    wait_for(lambda: maps.account("m", pki.alice) == f"alice{number}", "the last one")


def test_a_graceful_restart_waits_for_a_file_that_was_just_written(serve, pki):
    maps = Maps(serve, {"m": ALICE})
    mark = maps.mark()
    with open(maps.path("m"), "w", encoding="ascii") as file:
        def write():
            for number in range(20):
                file.write(f"email:{number}@example.com user{number}\n")
                file.flush()
                time.sleep(0.1)
            file.write("email:bob@example.com bob\n" + BLOCKED)
            file.flush()
        writer = threading.Thread(target=write)
        writer.start()
        maps.httpd.graceful()
        writer.join()
    maps.wait("m", mark, "map_reload")
    wait_for(lambda: maps.account("m", pki.alice) == 403, "the block")
    assert maps.account("m", pki.bob) == "bob"
    assert maps.actions("m", mark) == ["map_reload"]


# Children that end

@pytest.mark.parametrize("mutex", MUTEXES)
def test_another_child_goes_on_at_once_when_the_reading_one_is_killed(make_httpd, pki, mutex, tmp_path):
    os.chmod(tmp_path, 0o777)
    maps = Maps(make_httpd, {"m": ALICE}, mpm="event", processes=3)
    maps.httpd.replace_config("<CertMapRule", f"Mutex {mutex.format(tmp_path)} default\n<CertMapRule")
    status, said = maps.httpd.test_config()
    if status != 0 and "mutex" in said.lower():
        pytest.skip("httpd was built without it")
    maps.httpd.start()
    for number in range(2):
        mark = maps.mark()
        maps.write("m", ALICE + f"# {number}\n")
        event = maps.wait("m", mark, "map_reload")
        os.kill(event["process"]["pid"], signal.SIGKILL)
        mark = maps.mark()
        maps.write("m", ALICE.replace(" alice", f" alice{number}"))
        wait_for(lambda: maps.actions("m", mark) == ["map_reload"], "another child", NEXT)
    wait_for(lambda: maps.account("m", pki.alice) == "alice1", "the account")
    assert len(maps.events("m")) == 4


@pytest.mark.parametrize("how", ["graceful", "restart"])
def test_a_bad_file_is_in_nobodys_way_who_sends_a_signal(serve, pki, how):
    """Such as logrotate: "httpd -k graceful" reads the configuration itself before it sends a signal."""
    maps = Maps(serve, {"m": ALICE})
    maps.write("m", "nonsense\n")
    status, output = maps.httpd.control(how)
    assert status == 0 and "CM0022: " in output and "the server that runs keeps its last good state" in output, output
    wait_for(lambda: maps.httpd.error_log().count("resuming normal operations") == 2, "the restart")
    assert maps.account("m", pki.alice) == "alice"
    assert maps.httpd.test_config()[0] != 0


@pytest.mark.parametrize("mpm", ["prefork", "worker"])
def test_a_block_bites_on_connections_from_before_a_graceful_restart(serve, pki, mpm):
    maps = Maps(serve, {"m": ALICE}, mpm=mpm, processes=2)
    connections = [maps.httpd.connect(pki.alice) for _ in range(5)]
    assert {connection.get("/cgi/env/m").env["REMOTE_USER"] for connection in connections} == {"alice"}
    maps.httpd.graceful()
    mark = maps.mark()
    maps.write("m", BLOCKED)
    maps.wait("m", mark, "map_reload")
    assert 403 in last_answers(connections, "/cgi/env/m")
    assert maps.actions("m", mark) == ["map_reload"]


# One decision, one state

def test_a_decision_sees_one_state_of_a_map_file(serve, pki):
    """A directory is slow; meanwhile the file of the next rule is replaced more than once."""
    answer = threading.Event()
    fake = FakeLdap(on_search=later(answer, result(0)))
    try:
        httpd = serve(main=f"""
<CertMapRule directory>
    CertMapIssuedBy conf/corp-ca.pem
    {fake.lines("CertMapLDAPTimeout 20")}
</CertMapRule>
<CertMapRule file>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map email
</CertMapRule>""", location="""
    AuthType ClientCert
    CertMapUse directory file
    Require valid-user""", files={"conf/m.map": ALICE})
        fake.wait_asked_at_start()
        seen = httpd.watch()
        with httpd.connect(pki.alice) as connection:
            got = []
            asking = threading.Thread(target=lambda: got.append(connection.get("/cgi/env")))
            asking.start()
            wait_for(fake.searches, "the lookup")
            for number, text in enumerate([ALICE.replace(" alice", " bob"), ALICE.replace(" alice", " carol"),
                                           BLOCKED], 2):
                httpd.write("conf/m.map", text)
                wait_for(lambda: [event for event in seen.all_events() if event["event"]["action"] == "map_reload"
                                  and event["certmap"]["map_generation"] == number], "the reload")
            answer.set()
            asking.join()
            assert (got[0].status, got[0].env["REMOTE_USER"]) == (200, "alice")
            assert connection.get("/cgi/env").status == 403
        first, second = seen.events(2)
        assert (first["certmap"]["map_generation"], second["certmap"]["map_generation"]) == (1, 4)
        assert second["event"]["reason"] == "denied_by_rule"
    finally:
        answer.set()
        fake.close()


# Memory that a child has changed

def shared_map(pid):
    """A path by which root opens the memory of the only map file of this process."""
    for name in os.listdir(f"/proc/{pid}/fd"):
        path = f"/proc/{pid}/fd/{name}"
        if "memfd:certmap" not in os.readlink(path):
            continue
        with open(path, "rb") as file:
            if b"certmapI" in file.read():
                return path
    raise AssertionError("no such memory")


def forge(path):
    with open(path, "r+b") as file:
        for place in re.finditer(rb"\x05alice", file.read()):
            file.seek(place.start())
            file.write(b"\x05admin")


@pytest.mark.skipif(not ROOT, reason="needs the right to look into httpd's processes")
def test_a_forged_account_does_not_outlive_a_graceful_restart(serve, pki):
    maps = Maps(serve, {"m": ALICE})
    (child,) = maps.httpd.children()
    with open(shared_map(child), "r+b") as kept:
        forge(shared_map(child))
        assert maps.account("m", pki.alice) == "admin"
        mark = maps.mark()
        maps.httpd.graceful()
        assert maps.account("m", pki.alice) == "alice"
        assert maps.actions("m", mark) == []
        forge(f"/proc/self/fd/{kept.fileno()}")  # who kept it does not reach the new one
        assert maps.account("m", pki.alice) == "alice"


@pytest.mark.skipif(not ROOT, reason="needs the right to look into httpd's processes")
def test_who_holds_the_lock_does_not_hold_up_a_graceful_restart(serve, pki):
    maps = Maps(serve, {"m": ALICE})
    (child,) = maps.httpd.children()
    with open(shared_map(child), "r+b") as memory:
        fcntl.lockf(memory, fcntl.LOCK_EX)
        maps.write("m", BLOCKED)
        maps.httpd.graceful()
        assert maps.account("m", pki.alice) == 403
        assert maps.change("m", ALICE) == 3
        os.remove(maps.path("m"))  # the old state is taken, not the old memory
        maps.httpd.graceful()
        assert maps.account("m", pki.alice) == "alice"
        assert maps.change("m", BLOCKED) == 4


@pytest.mark.skipif(not ROOT, reason="only root may chroot")
def test_under_chrootdir_start_up_says_that_live_reload_is_off(make_httpd, pki):
    httpd = Maps(make_httpd, {"m": ALICE}).httpd
    httpd.replace_config("<CertMapRule", "ChrootDir /\n<CertMapRule")
    _, tested = httpd.test_config()
    assert "CM0030" in tested and "ChrootDir" in tested, tested
    httpd.start()
    said = httpd.read("logs/stderr.log") + httpd.error_log()
    (line, *_) = [line for line in said.splitlines() if "CM0030" in line]
    assert httpd.path("conf/m.map") in line and "ChrootDir" in line
