"""docs/directives.md, CertMapKeepCertificates: each certificate once, and no answer changes."""

import os
import re
import shutil
import stat
import subprocess
import threading
import time

import pytest

from httpd_setup import server_user
from kept import KEEP, RULES, USE, keeping, kept, name_of
from pki import email
from watch import wait_for

DAY = 86400
EACH_MPM = pytest.mark.parametrize("mpm", ["prefork", "event"])


def wait_until_kept(httpd, *certificates):
    names = set(map(name_of, certificates))
    wait_for(lambda: names <= set(kept(httpd)), f"{len(names)} certificates that are kept")


def failures(httpd):
    return [line for line in httpd.error_log().splitlines() if "CM0061" in line]


@EACH_MPM
def test_each_certificate_is_kept_once(make_httpd, pki, mpm):
    with keeping(make_httpd, mpm=mpm) as httpd:
        for _ in range(3):
            assert httpd.get("/index.html", pki.alice).status == 200
            assert httpd.get("/index.html", pki.bob).status == 200
        wait_until_kept(httpd, pki.alice, pki.bob)
        assert kept(httpd) == {name_of(each): each.der for each in (pki.alice, pki.bob)}
        status = os.stat(httpd.path("kept/" + name_of(pki.alice)))
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert status.st_uid == (server_user().pw_uid if server_user() else os.geteuid())
        assert not failures(httpd)


def test_it_is_kept_when_it_is_refused_and_not_when_there_is_none(make_httpd, pki):
    unknown = pki.partner.issue(["CN=unknown"], san=[email("x@partner.example")])
    malformed = pki.issuing.issue(["CN=bad"], san=[email("a\tb@example.com")])
    with keeping(make_httpd) as httpd:
        assert httpd.get("/index.html").status == 403
        assert httpd.get_plain("/index.html").status == 200
        assert httpd.get("/index.html", unknown).status == 403
        assert httpd.get("/index.html", malformed).status == 403
        wait_until_kept(httpd, unknown, malformed)
        assert len(kept(httpd)) == 2


def test_nothing_is_kept_where_no_rules_are_in_force(make_httpd, pki):
    with keeping(make_httpd, location="Require all granted") as httpd:
        assert httpd.get("/index.html", pki.alice).status == 200
        httpd.graceful()
        assert not kept(httpd)


def test_a_trial_is_a_decision_too(make_httpd, pki):
    with keeping(make_httpd, location="CertMapTrial staff\nRequire all granted") as httpd:
        assert httpd.get("/index.html").status == 200
        assert httpd.get("/index.html", pki.alice).status == 200
        wait_until_kept(httpd, pki.alice)
        assert len(kept(httpd)) == 1


def test_http2_streams_keep_one_file(make_httpd, pki):
    with keeping(make_httpd, mpm="event", vhost="Protocols h2 http/1.1") as httpd:
        with httpd.http2(pki.alice) as client:
            assert {answer.status for answer in client.get_all(["/index.html"] * 30)} == {200}
        wait_until_kept(httpd, pki.alice)
        assert kept(httpd) == {name_of(pki.alice): pki.alice.der}


@EACH_MPM
def test_many_processes_at_once_leave_whole_files_and_nothing_else(make_httpd, pki, mpm):
    people = [pki.person(f"p{number}") for number in range(6)]
    with keeping(make_httpd, mpm=mpm, processes=4) as httpd:
        barrier = threading.Barrier(12)
        statuses = []

        def client(number):
            barrier.wait()
            for turn in range(6):
                statuses.append(httpd.get("/index.html", people[(number + turn) % 6]).status)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(12)]
        for each in clients:
            each.start()
        for each in clients:
            each.join()
        assert set(statuses) == {200}
        wait_until_kept(httpd, *people)
        httpd.graceful()
        assert kept(httpd) == {name_of(each): each.der for each in people}
        assert not failures(httpd)


def test_the_time_of_the_file_is_the_day_when_it_was_last_seen(make_httpd, pki):
    with keeping(make_httpd) as httpd:
        path = httpd.path("kept/" + name_of(pki.alice))
        httpd.get("/index.html", pki.alice)
        wait_until_kept(httpd, pki.alice)
        old = time.time() - 3 * DAY
        os.utime(path, (old, old))
        httpd.get("/index.html", pki.alice)
        httpd.graceful()
        assert abs(os.stat(path).st_mtime - old) < 5  # this process has done its work for today
        httpd.get("/index.html", pki.alice)
        wait_for(lambda: time.time() - os.stat(path).st_mtime < 300, "a file of today")
        assert kept(httpd) == {name_of(pki.alice): pki.alice.der}


def test_a_file_that_a_crash_has_cut_is_written_anew(make_httpd, pki):
    with keeping(make_httpd) as httpd:
        path = httpd.path("kept/" + name_of(pki.alice))
        open(path, "wb").close()
        if server_user():
            os.chown(path, server_user().pw_uid, server_user().pw_gid)
        httpd.get("/index.html", pki.alice)
        wait_for(lambda: kept(httpd) == {name_of(pki.alice): pki.alice.der}, "the whole file")


# What cannot be kept

def test_a_folder_that_vanishes_changes_no_answer_and_is_used_again(make_httpd, pki):
    with keeping(make_httpd) as httpd:
        os.rename(httpd.path("kept"), httpd.path("gone"))
        for each in (pki.alice, pki.bob, pki.alice):
            assert httpd.get("/index.html", each).status == 200
        wait_for(lambda: failures(httpd), "an error-log line")
        assert "No such file or directory" in failures(httpd)[0] and "/kept" in failures(httpd)[0]
        os.rename(httpd.path("gone"), httpd.path("kept"))

        def is_kept():
            assert httpd.get("/index.html", pki.alice).status == 200
            return name_of(pki.alice) in kept(httpd)
        wait_for(is_kept, "the next try")
        assert len(failures(httpd)) == 1  # once a minute, whatever it was


@pytest.mark.skipif(os.geteuid() != 0, reason="the folder is this user's own")
def test_a_folder_that_is_not_writable_any_more_changes_no_answer(make_httpd, pki):
    with keeping(make_httpd) as httpd:
        os.chmod(httpd.path("kept"), 0o500)
        assert [httpd.get("/index.html", pki.person(f"p{n}")).status for n in range(5)] == [200] * 5
        wait_for(lambda: failures(httpd), "an error-log line")
        assert "Permission denied" in failures(httpd)[0]
        assert not kept(httpd) and len(failures(httpd)) == 1


@pytest.fixture
def small_disk(make_httpd):
    """A server whose folder is on a disk of 8 KiB."""
    httpd = keeping(make_httpd)
    owner = os.stat(httpd.path("kept"))
    how = f"size=8k,mode=0700,uid={owner.st_uid},gid={owner.st_gid}"
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", how, "none", httpd.path("kept")],
                                           stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield httpd
    subprocess.run(["umount", "-l", httpd.path("kept")], check=True)


def test_a_full_disk_leaves_no_half_file(small_disk, pki):
    people = [pki.person(f"p{number}") for number in range(4)]
    with small_disk as httpd:
        with open(httpd.path("kept/filler"), "wb") as file:
            file.write(b"x" * 8192)
        assert [httpd.get("/index.html", each).status for each in people] == [200] * 4
        wait_for(lambda: failures(httpd), "an error-log line")
        assert "No space left" in failures(httpd)[0]
        assert [name for name in kept(httpd) if name != "filler" and not re.fullmatch(r"[0-9a-f]{64}\.der", name)] == []
        assert all(len(octets) for octets in kept(httpd).values())
        os.unlink(httpd.path("kept/filler"))

        def is_kept():
            httpd.get("/index.html", people[0])
            return kept(httpd).get(name_of(people[0])) == people[0].der
        wait_for(is_kept, "the next try")


def test_at_most_100_000_are_kept(make_httpd, pki):
    httpd = keeping(make_httpd)
    for number in range(99_999):
        os.close(os.open(httpd.path(f"kept/{number:064x}.der"), os.O_CREAT, 0o600))
    with httpd:
        assert httpd.get("/index.html", pki.alice).status == 200
        wait_for(lambda: os.path.exists(httpd.path("kept/" + name_of(pki.alice))), "the last place")
        assert httpd.get("/index.html", pki.bob).status == 200
        wait_for(lambda: failures(httpd), "an error-log line")
        assert "100000" in failures(httpd)[0]
        assert len(os.listdir(httpd.path("kept"))) == 100_000
        for number in range(10):
            os.unlink(httpd.path(f"kept/{number:064x}.der"))
        httpd.graceful()  # which counts anew, as each minute does
        assert httpd.get("/index.html", pki.bob).status == 200
        wait_for(lambda: os.path.exists(httpd.path("kept/" + name_of(pki.bob))), "a place")


# The configuration

def problem(httpd):
    """What `httpd -t` says."""
    status, said = httpd.test_config()
    assert status != 0
    (line,) = re.findall(r"CM0060: (.*)", said)
    return line


def test_a_folder_that_is_not_there_stops_the_start(make_httpd):
    httpd = keeping(make_httpd)
    shutil.rmtree(httpd.path("kept"))
    assert "CM0060" in httpd.start_fails()


def test_the_test_of_the_configuration_says_the_line_and_what_to_do(make_httpd):
    httpd = keeping(make_httpd)
    shutil.rmtree(httpd.path("kept"))
    said = problem(httpd)
    line = httpd.line_of("CertMapKeepCertificates kept")
    assert f"httpd.conf:{line}: CertMapKeepCertificates {httpd.path('kept')} is not there" in said
    assert said.endswith(f" -m 0700 {httpd.path('kept')}") and "; run: install -d -o " in said
    command = said.partition("; run: ")[2]
    subprocess.run(command.split(), check=True)
    with httpd:
        pass


def test_a_folder_that_children_see_elsewhere_stops_the_start(make_httpd):
    httpd = keeping(make_httpd)
    httpd.replace_config("CertMapKeepCertificates", "ChrootDir /\nCertMapKeepCertificates")
    assert problem(httpd).endswith(
        "is another folder for httpd's children, because of ChrootDir /; take one of the two lines away")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_stops_the_start(make_httpd):
    httpd = keeping(make_httpd)
    os.chown(httpd.path("kept"), 0, 0)
    assert "belongs to user id 0, not to " + server_user().pw_name in problem(httpd)
    subprocess.run(problem(httpd).partition("; run: ")[2].split(), check=True)
    assert httpd.test_config()[0] == 0
    with httpd:
        pass


@pytest.mark.parametrize("what", ["file", "open"])
def test_a_folder_that_others_can_use_or_that_is_none_stops_the_start(make_httpd, what):
    httpd = keeping(make_httpd)
    if what == "file":
        shutil.rmtree(httpd.path("kept"))
        httpd.write("kept", "")
        assert "is no folder" in problem(httpd)
    else:
        os.chmod(httpd.path("kept"), 0o777)
        assert "may be written to by others (0777)" in problem(httpd)


def test_a_folder_that_went_wrong_does_not_end_a_server_that_restarts(make_httpd, pki):
    with keeping(make_httpd) as httpd:
        shutil.rmtree(httpd.path("kept"))
        httpd.restart()
        assert "CM0060" in httpd.error_log()
        assert httpd.get("/index.html", pki.alice).status == 200


@pytest.mark.parametrize("how, says", [
    (dict(vhost=KEEP, main=RULES), "stands in a virtual host"),
    (dict(main=RULES + KEEP * 2), "stands twice"),
    (dict(main=RULES + "CertMapKeepCertificates\n"), "takes one argument"),
    (dict(main=RULES + "CertMapKeepCertificates kept kept\n"), "takes one argument"),
    (dict(main=RULES, location=USE + KEEP), "not allowed"),
])
def test_where_it_may_stand(make_httpd, how, says):
    status, said = keeping(make_httpd, **how).test_config()
    assert status != 0 and "CertMapKeepCertificates" in said and says in said, said
