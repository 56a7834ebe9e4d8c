"""certmapctl add and block: the file on the disk, two writers at once, and a server that reads it."""

import fcntl
import os
import resource
import shutil
import signal
import struct
import subprocess
import time

import pytest

from certmapctl import program
from map_tools import MapFiles
from maps import SOON, Maps
from watch import wait_for

ROOT = os.geteuid() == 0
LONG = "".join(f"email:user{number}@example.com user\n" for number in range(200_000))


@pytest.fixture
def files(tmp_path, pki):
    return MapFiles(tmp_path, alice=pki.alice, bob=pki.bob)


def test_owner_group_and_mode_are_kept(files):
    files.write("m.map", "", mode=0o440)
    if ROOT:
        os.chown(files.path("m.map"), 0, 12)
    before = os.stat(files.path("m.map"))
    files.done("add", "m.map", "alice.pem", "alice")
    after = os.stat(files.path("m.map"))
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert after.st_ino != before.st_ino


def test_user_attributes_are_kept(files):
    files.write("m.map", "")
    try:
        os.setxattr(files.path("m.map"), "user.note", b"kept")
    except OSError as error:
        pytest.skip(f"no extended attributes here: {error}")
    files.done("add", "m.map", "alice.pem", "alice")
    assert os.getxattr(files.path("m.map"), "user.note") == b"kept"


@pytest.mark.parametrize("mask, mode", [(0o022, 0o644), (0o002, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_a_new_file_is_writable_by_its_owner_only(files, mask, mode):
    run = files.run("block", "new.map", "alice.pem", preexec_fn=lambda: os.umask(mask))
    assert run.status == 0 and run.out.startswith(f"new.map: created with mode 0{mode:o}\n"), run
    assert os.stat(files.path("new.map")).st_mode & 0o7777 == mode
    assert files.run("lint", "new.map").status == 0


WORDS = [("add", "dns:b", "b"), ("block", "dns:b"), ("unblock", "dns:c"), ("remove", "dns:a")]


def warnings_of_each_change(files, mode, group):
    """What each command, and lint, say of a map file of root."""
    said = []
    for command, *words in (*WORDS, ("lint",)):
        files.write("m.map", "dns:a a\ndns:c !\n", mode=mode)
        os.chown(files.path("m.map"), 0, group)
        run = files.run(command, "m.map", *words)
        assert run.status == 0, run
        said.append(run.out if command == "lint" else run.err)
    return said


@pytest.mark.skipif(not ROOT, reason="only root can close a file to everybody else")
@pytest.mark.parametrize("mode, group", [(0o600, 0), (0o600, 12), (0o640, 0)])
def test_a_file_that_root_alone_can_read_is_said_not_to_be_followed(files, mode, group):
    doubt = ("can be read by root alone, so a running server does not follow; restart httpd after each change, or once "
             "after chgrp www-data m.map and chmod 640 m.map (www-data: the group of httpd's User)\n")
    *changes, lint = warnings_of_each_change(files, mode, group)
    assert changes == 4 * ["certmapctl: warning: m.map " + doubt]
    assert lint == f"m.map: warning: {doubt}m.map: 2 entries, 0 errors, 1 warning\n"


@pytest.mark.skipif(not ROOT, reason="a file of somebody else is never warned of")
@pytest.mark.parametrize("mode, group", [(0o644, 0), (0o604, 0), (0o640, 12)])
def test_a_file_that_others_can_read_is_not_warned_of(files, mode, group):
    assert warnings_of_each_change(files, mode, group) == [*4 * [""], "m.map: 2 entries, 0 errors, 0 warnings\n"]


@pytest.mark.skipif(not ROOT, reason="a file of somebody else is never warned of")
def test_an_acl_may_let_httpds_user_read(files):
    files.write("m.map", "", mode=0o640)
    os.chown(files.path("m.map"), 0, 0)
    entries = ((0x01, 6, -1), (0x02, 4, 33), (0x04, 4, -1), (0x10, 4, -1), (0x20, 0, -1))  # acl(5): 33 may read
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
    try:
        os.setxattr(files.path("m.map"), "system.posix_acl_access", acl)
    except OSError as error:
        pytest.skip(f"no ACLs here: {error}")
    run = files.run("block", "m.map", "dns:b")
    assert (run.status, run.err) == (0, ""), run


@pytest.mark.skipif(ROOT, reason="root's file is the case above")
def test_a_file_of_a_user_is_not_warned_of(files):
    files.write("m.map", "dns:a a\n", mode=0o600)
    assert files.run("block", "m.map", "dns:b").err == ""


def test_a_link_stays_and_its_file_changes(files):
    os.mkdir(files.path("real"))
    files.write("real/m.map", "# here\n")
    os.symlink("real/m.map", files.path("link.map"))
    files.done("add", "link.map", "dns:a", "a")
    assert os.path.islink(files.path("link.map")) and files.read("real/m.map") == "# here\ndns:a   a\n"
    os.symlink("nowhere", files.path("broken.map"))
    assert "leads to a file that is not there" in files.refused(2, "add", "broken.map", "dns:a", "a")
    assert "cannot read none.map" in files.refused(2, "remove", "none.map", "dns:a")
    assert "cannot make none/m.map" in files.refused(2, "add", "none/m.map", "dns:a", "a")
    assert "is not a regular file" in files.refused(2, "add", "real", "dns:a", "a")


def test_a_file_that_the_server_does_not_read_is_refused(files):
    files.write("m.map", "", mode=0o666)
    assert "writable by group or others" in files.refused(1, "block", "m.map", "dns:a")
    assert files.read("m.map") == "" and files.hidden() == []


def test_a_certificate_that_cannot_be_reached_is_not_called_no_file(files, monkeypatch):
    """The program's own folder may be closed to others, too."""
    shutil.copy(program(), files.path("certmapctl"))
    monkeypatch.setenv("CERTMAPCTL", "./certmapctl")
    os.mkdir(files.path("closed"), mode=0)
    os.symlink("loop.pem", files.path("loop.pem"))
    os.chmod(files.folder, 0o755)
    as_other = {"user": "nobody"} if ROOT else {}
    assert files.refused(2, "block", "m.map", "closed/alice.pem", **as_other) == (
        "closed/alice.pem cannot be read: Permission denied; name a file that you may read")
    assert files.refused(2, "block", "m.map", "loop.pem").startswith("loop.pem cannot be read: Too many levels")
    assert "is neither a file nor a key" in files.refused(2, "block", "m.map", "alice.pem/none")
    files.done("block", "m.map", f"subject:CN={'a' * 300}")


def test_a_disk_that_is_full_changes_nothing(files):
    files.write("m.map", LONG)
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    said = files.refused(2, "add", "m.map", "alice.pem", "alice", preexec_fn=limit)
    assert said == "cannot write m.map: File too large; nothing was changed"
    assert files.read("m.map") == LONG and files.hidden() == []


def test_a_change_that_cannot_be_printed_is_said_to_be_made(files):
    files.write("m.map", "dns:b b\n")
    for words, text in ((["add", "m.map", "dns:a", "a"], "dns:b b\ndns:a   a\n"),
                        (["block", "m.map", "dns:a"], "dns:b b\n# was: dns:a   a\ndns:a   !\n"),
                        (["unblock", "m.map", "dns:a"], "dns:b b\n# was: dns:a   a\n"),
                        (["remove", "m.map", "dns:b"], "# was: dns:a   a\n")):
        with open("/dev/full", "wb") as full:
            run = files.run(*words, preexec_fn=lambda: os.dup2(full.fileno(), 1))
        assert (run.status, run.error) == (2, "cannot write to standard output; m.map was changed"), run
        assert files.read("m.map") == text


@pytest.mark.skipif(not ROOT, reason="mounting needs root")
def test_a_small_and_a_read_only_file_system(files):
    os.mkdir(files.path("disk"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", files.path("disk")]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        text = LONG[:40_000].rsplit("\n", 1)[0] + "\n"
        files.write("disk/m.map", text)
        assert "No space left on device; nothing was changed" in files.refused(
            2, "add", "disk/m.map", "dns:a", "a")
        assert files.read("disk/m.map") == text and os.listdir(files.path("disk")) == ["m.map"]
        subprocess.run(["mount", "-o", "remount,ro", files.path("disk")], check=True)
        assert "Read-only file system; nothing was changed" in files.refused(
            2, "add", "disk/m.map", "dns:a", "a")
    finally:
        subprocess.run(["umount", files.path("disk")], check=True)


def test_writers_at_the_same_time_lose_nothing(files):
    files.write("m.map", "# many\n")
    runs = [files.start("add", "m.map", f"email:user{number}@example.com", "x") for number in range(12)]
    for run in runs:
        _, error = run.communicate(timeout=60)
        assert run.returncode == 0, error
    assert files.read("m.map").count("email:user") == 12
    assert files.run("lint", "m.map").status == 0 and files.hidden() == []


def test_a_writer_that_is_killed_leaves_the_old_file_or_the_new_one(files):
    files.write("m.map", LONG)
    new = LONG + "dns:a   a\n"
    for step in range(12):
        run = files.start("add", "m.map", "dns:a", "a")
        time.sleep(0.02 * step)
        run.send_signal(signal.SIGKILL)
        run.communicate(timeout=60)
        assert files.read("m.map") in (LONG, new), step
        if files.read("m.map") == new:
            files.done("remove", "m.map", "dns:a")
    files.done("add", "m.map", "dns:a", "a")
    assert files.read("m.map") == new and files.hidden() == []


def test_a_second_writer_says_that_it_waited_in_vain(files):
    files.write("m.map", "")
    lock = files.write(".m.map.certmapctl", "", mode=0o600)
    with open(lock, "rb") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        assert files.refused(2, "add", "m.map", "dns:b", "b") == (
            "another certmapctl is changing m.map; try again when it has ended")
        assert os.path.exists(lock)
    files.done("add", "m.map", "dns:b", "b")
    assert files.hidden() == []


def test_what_others_left_under_the_name_of_the_lock_is_not_used(files):
    files.write("m.map", "")
    files.write(".m.map.certmapctl", "left behind, and longer than what is written now\n" * 9, mode=0o666)
    with open(files.path(".m.map.certmapctl"), "ab") as left:  # somebody who could write it later
        files.done("add", "m.map", "dns:a", "a")
        assert os.fstat(left.fileno()).st_ino != os.stat(files.path("m.map")).st_ino
    assert files.read("m.map") == "dns:a   a\n" and files.hidden() == []


def test_a_running_server_follows(serve, pki):
    maps = Maps(serve, {"m": "# nobody yet\n"})
    files = MapFiles(maps.httpd.path("conf"), alice=pki.alice)
    with maps.httpd.connect(pki.alice) as connection:
        def becomes(status, *words):
            files.done(*words)
            wait_for(lambda: connection.get("/cgi/env/m").status == status, f"{words[0]}: {status}", SOON)

        assert connection.get("/cgi/env/m").status == 403
        for how in ("sha256", "spki", "issuer-serial", "email", "subject"):
            becomes(200, "add", "--by", how, "m.map", "alice.pem", "alice", "--groups", "a b,c")
            env = connection.get("/cgi/env/m").env
            assert (env["REMOTE_USER"], env["CERTMAP_GROUPS"]) == ("alice", "a b;c")
            becomes(403, "remove", "m.map", "alice.pem")
        becomes(200, "add", "m.map", "alice.pem", "alice")
        becomes(403, "block", "m.map", "alice.pem")
        assert maps.httpd.audit()[-1]["event"]["reason"] == "denied_by_rule"
        becomes(200, "unblock", "m.map", "alice.pem")
    assert "map_reload_failed" not in maps.actions("m")
