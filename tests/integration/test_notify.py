"""certmapctl notify: mails about certificates that end soon, from audit logs that a real httpd wrote, sent
by a real msmtp to a real mail server."""
# pylint: disable=redefined-outer-name

import os
import re
import stat
import subprocess
import time

from certmapctl import program
from mail_sink import MSMTP
from notified import DAY, FROM, httpd, notify, person, recipients, seen, sink, text_of  # noqa: F401
from pki import email, uri


def test_each_holder_hears_once_of_the_smallest_threshold_that_is_reached(pki, seen, sink, notify, tmp_path):
    log = seen(person(pki, "alice", 10, "alice@example.com"), person(pki, "bob", 5, "bob@example.com"),
               person(pki, "carol", 60, "carol@example.com"))
    run = notify(log)
    assert run.status == 0 and run.err == "", run
    assert sorted(recipients(sink)) == ["alice@example.com", "bob@example.com"]
    bob = next(mail for mail in sink.mails if mail.recipients == ["bob@example.com"])
    assert bob.sender == FROM and bob.message["From"] == FROM and bob.message["To"] == "bob@example.com"
    assert bob.message["Auto-Submitted"] == "auto-generated" and bob.message["Message-ID"]
    assert bob.message["Content-Transfer-Encoding"] == "base64"
    assert bob.message["Subject"] == "Your certificate ends in 5 days"
    assert "sign in as bob ends on" in text_of(bob) and "CN=bob,O=Example" in text_of(bob)
    assert notify(log).status == 0 and len(sink.mails) == 2, "a second run sends nothing"
    lines = (tmp_path / "state").read_text().split()
    assert sorted(lines[1::2]) == ["14", "7"] and all(re.fullmatch("[0-9A-F]{64}", each) for each in lines[::2])
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o600


def test_larger_thresholds_count_as_sent_and_smaller_ones_do_not(pki, seen, sink, notify):
    log = seen(person(pki, "alice", 10, "alice@example.com"))
    for days, mails in (("10", 1), ("14", 1), ("30,14", 1), ("9", 1), ("10,30", 1)):
        assert notify("--days", days, log).status == 0
        assert len(sink.mails) == mails, days
    (notify_state,) = [mail.message["Message-ID"] for mail in sink.mails]
    assert notify_state.endswith("@example.com>")


def test_a_renewed_certificate_ends_it(pki, seen, sink, notify):
    seen(person(pki, "alice", 5, "alice@example.com"))
    time.sleep(1.01 - time.time() % 1)
    assert notify(seen(person(pki, "alice", 300, "alice@example.com"))).status == 0
    assert sink.mails == []


def test_who_has_ended_was_refused_last_or_never_came_in_hears_nothing(pki, seen, sink, notify):
    ended = pki.issuing.issue(["CN=ended"], san=[email("ended@example.com")], not_after=2)
    blocked = person(pki, "blocked", 5, "blocked@example.com")
    stranger = pki.partner.issue(["CN=stranger"], san=[email("stranger@example.com")], not_after=5 * DAY)
    seen(ended, blocked)
    seen(stranger, status=403)
    log = seen(blocked, place="/closed", status=403)
    ended.wait_expired()
    run = notify(log)
    assert run.status == 0 and sink.mails == [], run
    assert notify(seen(blocked)).status == 0
    assert recipients(sink) == ["blocked@example.com"], "a refusal that is not the last does not matter"


def test_the_address_is_made_of_the_account(pki, seen, sink, notify):
    log = seen(person(pki, "alice", 5, "other@example.com"), person(pki, "bob smith", 5))
    assert notify("--to", "{account}@corp.example", log).status == 0
    assert recipients(sink) == ["alice@corp.example", FROM]
    assert "bob smith" in text_of(sink.mails[1]) and "--to gives no plain address" in text_of(sink.mails[1])


HOSTILE = ["a@x.example,b@y.example", "-oQ@x.example", '"|sh"@x.example', "a b@x.example", "a@b@x.example", "@x.example",
           "a@", "a@-x.example", "a@x..example", "$(id)@x.example", "a@[127.0.0.1]", ".a@x.example", "a%b@x.example"]


def test_hostile_addresses_get_no_mail_and_stand_in_the_digest(pki, seen, sink, notify):
    log = seen(*[person(pki, f"h{number}", 5, address) for number, address in enumerate(HOSTILE)])
    run = notify("--admin", "admin@example.com", log)
    assert run.status == 0 and recipients(sink) == ["admin@example.com"], run
    digest = text_of(sink.mails[0])
    for number in range(len(HOSTILE)):
        assert f"\nh{number}\n" in digest
    assert digest.count("no plain one") == len(HOSTILE) and "@x.example" not in digest
    assert notify("--admin", "admin@example.com", log).status == 0 and len(sink.mails) == 1


def test_who_has_no_address_stands_in_the_digest(pki, seen, sink, notify):
    log = seen(person(pki, "alice", 5))
    assert notify(log).status == 0
    assert recipients(sink) == [FROM] and "no e-mail address" in text_of(sink.mails[0])


def test_a_list_of_names_that_was_cut_is_not_taken_for_none(pki, seen, sink, notify):
    long = [f"urn:{number}:{'x' * 200}" for number in range(40)]
    certificate = pki.issuing.issue(["CN=alice"], not_after=5 * DAY,
                                    san=[uri(each) for each in long] + [email("alice@example.com")])
    assert notify(seen(certificate)).status == 0
    assert recipients(sink) == [FROM] and "only some of its names" in text_of(sink.mails[0])


def test_names_do_not_steer_the_mail(pki, seen, sink, notify, tmp_path):
    name = "Zoë =?x?= " + "é" * 100
    log = seen(pki.issuing.issue(["O=\u202eExample", f"CN={name}"], san=[email("zoe@example.com")],
                                 not_after=int(5.5 * DAY)))
    template = tmp_path / "mail"
    template.write_text("Subject: {account}: {days} {{days}}\n\nÜ {subject}\n{notafter}\n")
    assert notify("--template", template, log).status == 0
    mail = sink.mails[0]
    head = mail.octets.split(b"\r\n\r\n")[0].decode("ascii")
    assert max(map(len, head.split("\r\n"))) <= 78 and "=?UTF-8?B?" in head
    assert mail.message["Subject"] == name + ": 5 {days}"
    assert text_of(mail).startswith("Ü CN=Zoë") and "O=\\u202eExample" in text_of(mail) and "\u202e" not in text_of(mail)


def test_dates_are_local(pki, seen, sink, notify):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    assert notify(log, TZ="UTC-5:45").status == 0
    assert re.search(r"ends on\n\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0545 \(", text_of(sink.mails[0]))
    assert sink.mails[0].message["Date"].endswith("+0545")


def test_what_was_not_taken_is_tried_again_by_the_next_run(pki, seen, sink, notify):
    log = seen(person(pki, "alice", 5, "alice@example.com"), person(pki, "bob", 5, "bob@example.com"))
    sink.rejected.add("alice@example.com")
    run = notify(log)
    assert run.status == 1 and recipients(sink) == ["bob@example.com"]
    assert "alice@example.com: " + MSMTP + " ended with status" in run.err and "next run tries again" in run.err
    sink.rejected.clear()
    assert notify(log).status == 0
    assert recipients(sink) == ["bob@example.com", "alice@example.com"]


def script(tmp_path, text):
    path = tmp_path / "sendmail"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def test_a_crash_after_sending_repeats_one_mail_and_loses_none(pki, seen, sink, notify, tmp_path):
    log = seen(*[person(pki, name, 5, f"{name}@example.com") for name in ("alice", "bob", "carol")])
    deadly = script(tmp_path, f'{MSMTP} "$@" || exit 1\ncase "$5" in bob@*) kill -9 "$PPID" ;; esac\n')
    assert notify(log, sendmail=deadly).status == -9
    assert notify(log).status == 0
    assert sorted(recipients(sink)) == ["alice@example.com"] + 2 * ["bob@example.com"] + ["carol@example.com"]


def test_a_line_of_the_state_that_a_crash_cut_does_not_count(pki, seen, sink, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    assert notify(log).status == 0
    state = tmp_path / "state"
    state.write_text(state.read_text()[:-2])
    assert notify(log).status == 0 and len(sink.mails) == 2
    assert notify(log).status == 0 and len(sink.mails) == 2


def test_where_the_state_has_no_room_no_mail_is_sent_that_it_could_not_note(pki, seen, sink, notify, tmp_path):
    assert notify(seen(person(pki, "alice", 5, "alice@example.com"))).status == 0
    log = seen(person(pki, "bob", 5, "bob@example.com"), person(pki, "carol", 5))
    before = (tmp_path / "state").read_text()
    no_limit = script(tmp_path, f'ulimit -S -f unlimited\nexec {MSMTP} "$@"\n')
    for _ in range(2):
        run = subprocess.run(["prlimit", f"--fsize={len(before) + 30}:unlimited", program(), "notify", "--from", FROM,
                              "--sendmail", no_limit, "--state", tmp_path / "state", log],
                             env={**os.environ, **sink.environment}, capture_output=True, text=True, check=False)
        assert run.returncode == 2 and "cannot be written: File too large; mails that it could not note are not sent" in run.stderr
        assert recipients(sink) == ["alice@example.com"] and (tmp_path / "state").read_text() == before
    assert notify(log).status == 0
    assert recipients(sink) == ["alice@example.com", "bob@example.com", FROM]
    assert notify(log).status == 0 and len(sink.mails) == 3


def test_a_program_that_hangs_is_ended_and_all_that_it_started(pki, seen, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    run = notify(log, sendmail=script(tmp_path, f"sleep 300 & echo $! > {tmp_path}/pid\nwait\n"))
    assert run.status == 1 and "took longer than 60 s" in run.err
    pid = (tmp_path / "pid").read_text().strip()
    assert not os.path.exists(f"/proc/{pid}") or "Z" in (open(f"/proc/{pid}/stat").read().split()[2])


def test_the_program_is_run_without_a_shell_and_only_with_these_words(pki, seen, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    assert notify(log, sendmail=script(tmp_path, f'printf "%s\\n" "$@" > {tmp_path}/words\ncat > /dev/null\n')).status == 0
    assert (tmp_path / "words").read_text().split() == ["-i", "-f", FROM, "--", "alice@example.com"]


def test_without_a_program_nothing_is_sent_or_noted(pki, seen, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    run = notify(log, sendmail="/nonexistent/sendmail")
    assert run.status == 2 and "is no program" in run.error
    assert (tmp_path / "state").read_text() == ""


def test_a_dry_run_changes_nothing(pki, seen, sink, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"), person(pki, "bob", 5))
    run = notify("--dry-run", log, sendmail="/nonexistent/sendmail")
    assert run.status == 0 and sink.mails == [] and not (tmp_path / "state").exists()
    assert "would send to alice@example.com: alice, days left: 5\n" in run.out
    assert "no mail: bob: the certificate has no e-mail address\n" in run.out


def test_two_runs_do_not_send_twice(pki, seen, sink, notify, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    slow = script(tmp_path, f'touch {tmp_path}/started\nwhile [ ! -e {tmp_path}/go ]; do sleep 0.05; done\nexec {MSMTP} "$@"\n')
    first = subprocess.Popen([program(), "notify", "--from", FROM, "--sendmail", slow, "--state", tmp_path / "state",
                              log], env={**os.environ, **sink.environment}, stdout=subprocess.DEVNULL)
    while not (tmp_path / "started").exists():
        time.sleep(0.05)
    run = notify(log)
    assert run.status == 2 and "another notify is running" in run.error
    (tmp_path / "go").touch()
    assert first.wait(60) == 0 and recipients(sink) == ["alice@example.com"]
