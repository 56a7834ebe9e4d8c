"""certmapctl expiring, on audit logs that a real httpd wrote and real gzip compressed."""

import gzip
import itertools
import json
import os
import re
import subprocess
import time

import pytest

from certmapctl import certmapctl
from pki import email

DAY = 86400
RULE = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {email!local}
</CertMapRule>"""
LOCATION = "AuthType ClientCert\nCertMapUse staff\nRequire valid-user"


def person(pki, login, days, **how):
    # Half a day more: the count of whole days is then the same all along the test.
    return pki.issuing.issue(["O=Example", f"CN={login} {days}"], san=[email(f"{login}@example.com")],
                             not_after=int((days + 0.5) * DAY), **how)


def next_second():
    time.sleep(1.01 - time.time() % 1)


@pytest.fixture(scope="module")
def certs(pki):
    return {
        "alice": person(pki, "alice", 10), "bob": person(pki, "bob", 5), "new bob": person(pki, "bob", 300),
        "carol": person(pki, "carol", 200), "dave": person(pki, "dave", 20), "old dave": person(pki, "dave", 3),
        "erin": person(pki, "erin", 2), "new erin": person(pki, "erin", 250),
        "stranger": pki.partner.issue(["CN=stranger"], not_after=4 * DAY),
        "frank": pki.issuing.issue(["O=Example", "CN=frank"], san=[email("frank@example.com")], not_after=3),
    }


@pytest.fixture(scope="module")
def logs(serve, certs):
    """The paths: the log, one that was rotated, and one that was rotated and compressed."""
    httpd = serve(main=RULE, location=LOCATION)
    path = httpd.path("logs/audit.log")

    def see(*names):
        for name in names:
            assert httpd.get("/cgi/env", certs[name]).status == (403 if name == "stranger" else 200)

    def rotate():
        for number in (2, 1):
            if os.path.exists(f"{path}.{number}"):
                os.rename(f"{path}.{number}", f"{path}.{number + 1}")
        os.rename(path, path + ".1")
        httpd.graceful()
        next_second()

    with httpd.connect(certs["frank"]) as connection:
        assert connection.get("/cgi/env").status == 200
        certs["frank"].wait_expired()
        assert connection.get("/cgi/env").status == 403
    see("alice", "bob", "erin", "old dave")
    rotate()
    see("alice", "dave", "new bob", "new erin", "stranger", "old dave")
    rotate()
    see("carol", "erin")
    subprocess.run(["gzip", path + ".2"], check=True)
    return [path, path + ".1", path + ".2.gz"]


def listed(run):
    """[account, days] of each line under the head."""
    return [[line.split()[2], int(line.split()[0])] for line in run.out.splitlines()[1:]]


def test_who_must_renew_is_listed_soonest_first(logs):
    run = certmapctl("expiring", *logs)
    assert (run.status, run.err) == (0, "")
    assert listed(run) == [["frank", -1], ["erin", 2], ["dave", 3], ["dave", 20], ["alice", 10]]


def test_each_line_tells_the_certificate(logs, certs):
    run = certmapctl("expiring", *logs)
    head, *lines = run.out.splitlines()
    assert head.split() == ["DAYS", "EXPIRES", "ACCOUNT", "SEEN", "SERIAL", "SHA256", "SUBJECT"]
    alice = next(line for line in lines if "alice" in line)
    assert alice.split()[1] == certs["alice"].not_after.strftime("%Y-%m-%d")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", alice.split()[3])
    assert alice.split()[4:6] == [certs["alice"].serial.upper(), certs["alice"].sha256.upper()[:16]]
    assert alice.endswith("  CN=alice 10,O=Example")
    assert all(line[len(head[:head.index("SUBJECT")]):].startswith("CN=") for line in lines)


def test_a_renewed_one_that_is_still_used_says_so(logs, certs):
    run = certmapctl("expiring", *logs)
    until = certs["new erin"].not_after.strftime("%Y-%m-%d")
    assert re.search(rf"CN=erin 2,O=Example \(also in use: a newer one until {until}\)$", run.out, re.M)
    assert "bob" not in run.out


def test_json_has_all_of_it(logs, certs):
    run = certmapctl("expiring", "--json", *logs)
    report = json.loads(run.out)
    assert (run.status, report["days"], report["renewed"]) == (0, 30, 1)
    alice = next(each for each in report["expiring"] if each["accounts"] == ["alice"])
    cert = certs["alice"]
    assert alice["days_left"] == 10 and alice["not_after"] == cert.not_after.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (alice["sha256"], alice["serial_number"]) == (cert.sha256.upper(), cert.serial.upper())
    assert (alice["subject"], alice["issuer"]) == ("CN=alice 10,O=Example", "CN=Corp CA,O=Example")
    assert cert.not_before.strftime("%Y-%m-%dT%H:%M:%SZ") < alice["last_seen"] <= report["now"]
    assert "newer_until" not in alice
    assert [each["accounts"][0] for each in report["expiring"]] == ["frank", "erin", "dave", "dave", "alice"]


def test_days_set_the_limit(logs):
    assert listed(certmapctl("expiring", "--days", "3", *logs)) == [["frank", -1], ["erin", 2]]
    accounts = [account for account, _ in listed(certmapctl("expiring", "--days", "400", *logs))]
    assert accounts.count("carol") == 1 and "stranger" not in accounts


def test_the_order_of_files_does_not_matter(logs):
    outputs = {certmapctl("expiring", *order).out for order in itertools.permutations(logs)}
    assert len(outputs) == 1


def test_standard_input(logs):
    expected = certmapctl("expiring", logs[1]).out
    with open(logs[1], "rb") as file:
        text = file.read()
    assert expected and certmapctl("expiring", "-", given=text).out == expected
    assert certmapctl("expiring", "-", given=gzip.compress(text)).out == expected


def test_nothing_that_expires_is_exit_1(logs):
    run = certmapctl("expiring", "--days", "0", logs[0])
    assert (run.status, run.out, run.err) == (1, "", "")
    run = certmapctl("expiring", "--days", "0", "--json", logs[0])
    assert run.status == 1 and json.loads(run.out)["expiring"] == []


# Damage

@pytest.fixture
def damaged(logs, tmp_path):
    """A log of good lines with bad ones between them; the bad lines' numbers."""
    with open(logs[1], "rb") as file:
        good = file.read().splitlines(keepends=True)
    half = good[0][:len(good[0]) // 2]
    bad = [b"\x1b[31m<134>Nov 21 something else\n", b'{"foreign": "json"}\n', half + b"\n", b"\0\0\0\0\n",
           b"{" * 100000 + b"\n", b"\xff\xfe{\n", b'{"@timestamp":"\n']
    path = tmp_path / "damaged.log"
    path.write_bytes(good[0] + b"".join(bad) + b"\n" + b"".join(good[1:]) + half)
    return path, len(bad) + 1


def test_damaged_lines_are_counted_and_left_out(logs, damaged):
    path, bad = damaged
    run = certmapctl("expiring", str(path))
    assert run.status == 0 and run.out == certmapctl("expiring", logs[1]).out
    assert run.err == (f"certmapctl: {path}: {bad} lines are no audit events and left out (the first is line 2); "
                       "look at them where they should be some\n")


def test_a_last_line_without_its_end_counts(logs, tmp_path):
    with open(logs[1], "rb") as file:
        text = file.read()
    (tmp_path / "log").write_bytes(text[:-1])
    assert certmapctl("expiring", str(tmp_path / "log")).out == certmapctl("expiring", logs[1]).out


def test_terminals_are_safe(logs, tmp_path):
    with open(logs[1], encoding="utf-8") as file:
        text = file.read()
    forged = text.replace("CN=alice 10", "CN=\x9b31m\u202ealice\u2028")
    assert forged != text
    (tmp_path / "log").write_text(forged, encoding="utf-8")
    for options in ([], ["--json"]):
        run = certmapctl("expiring", *options, str(tmp_path / "log"))
        assert "\\u009b31m\\u202ealice\\u2028" in run.out
        assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]", run.out)


@pytest.mark.parametrize("content, message", [
    (b"GET / HTTP/1.1\n", "there is no audit event"), (None, "cannot read"), ("folder", "cannot read"),
    ("cut", " (unexpected end of file); restore it"),
    ("broken", "is damaged or cut off after line")])
def test_what_cannot_be_read_is_exit_2(logs, tmp_path, content, message):
    path = tmp_path / "log"
    with open(logs[2], "rb") as file:
        packed = file.read()
    if content == "folder":
        path.mkdir()
    elif content == "cut":
        path.write_bytes(packed[:len(packed) // 2])
    elif content == "broken":
        path.write_bytes(packed[:-8] + bytes(4) + packed[-4:])
    elif content:
        path.write_bytes(content)
    run = certmapctl("expiring", str(path))
    assert (run.status, run.out) == (2, "")
    assert message in run.err and "; " in run.err.splitlines()[-1] and "<fd:" not in run.err


def test_a_cut_gzip_file_is_never_taken_as_whole(logs, tmp_path):
    with open(logs[2], "rb") as file:
        packed = file.read()
    large = gzip.compress(gzip.decompress(packed) * 1000)
    cuts = [packed[:length] for length in (*range(2, 20), *range(20, len(packed), 29), *range(-9, 0))]
    cuts += [large[:-1], large[:-9], large[:len(large) // 2], packed + large[:-1]]
    for cut in cuts:
        (tmp_path / "log.gz").write_bytes(cut)
        run = certmapctl("expiring", str(tmp_path / "log.gz"))
        # zlib 1.3.2 takes the first two octets alone for text.
        assert run.status == 2 and ("is damaged or cut off after line" in run.err or len(cut) == 2), (len(cut), run)


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "36501"])
def test_days_must_be_a_number(logs, days):
    run = certmapctl("expiring", f"--days={days}", logs[0])
    assert run.status == 2 and "is no number of days; write one from 0 to 36500" in run.err


def test_an_empty_log_is_no_error(tmp_path):
    (tmp_path / "log").write_bytes(b"")
    run = certmapctl("expiring", str(tmp_path / "log"))
    assert (run.status, run.out, run.err) == (1, "", "")
