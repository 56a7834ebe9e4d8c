"""certmapctl notify: options, templates and states that are wrong; the samples for systemd and cron."""
# pylint: disable=redefined-outer-name

import json
import os
import shlex
import subprocess

import pytest

from certmapctl import certmapctl, program
from cron import cron_line
from documents import read
from mail_sink import MSMTP
from notified import FROM, httpd, notify, person, recipients, seen, sink  # noqa: F401


@pytest.mark.parametrize("arguments, words", [
    (["--from", "-oQ@x"], "--from -oQ@x is no plain address"),
    (["--from", FROM, "--admin", "a@x, b@y"], "--admin a@x, b@y is no plain address"),
    (["--from", FROM, "--days", "30,x"], "--days x is no number of days"),
    (["--from", FROM, "--to", "{mail}@x"], '--to: "{mail}" is none of {account}'),
    (["--from", FROM, "--to", "{account}@x.example,{account}@y.example"], "gives nobody a plain address"),
    ([], "say with --from whom the mails come from"),
])
def test_wrong_options_are_refused(arguments, words, tmp_path):
    log = tmp_path / "log"
    log.write_text("")
    run = certmapctl("notify", *arguments, "--state", tmp_path / "state", log)
    assert run.status == 2 and words in run.error


@pytest.mark.parametrize("text, words", [
    ("Hello\n", 'write "Subject: ..." in the first line'),
    ("Subject: x\nHello\n", 'write "Subject: ..." in the first line'),
    ("Subject: x {y}\n\nHello\n", '"{y}" is none of {account}, {days}, {notafter}, {subject}'),
    ("Subject: x\n\nHello {account\n", '"{" is none of'),
    ("Subject: x\n\n}\n", '"}" is none of'),
    (b"Subject: x\n\n\xff\n", "is not UTF-8"),
])
def test_a_template_that_is_wrong_is_refused(text, words, tmp_path):
    template, log = tmp_path / "mail", tmp_path / "log"
    template.write_bytes(text if isinstance(text, bytes) else text.encode())
    log.write_text("")
    run = certmapctl("notify", "--from", FROM, "--template", template, "--state", tmp_path / "state", log)
    assert run.status == 2 and words in run.error and str(template) in run.error


def test_a_template_may_begin_with_a_byte_order_mark(seen, sink, notify, pki, tmp_path):
    template = tmp_path / "mail"
    template.write_bytes(b"\xef\xbb\xbfSubject: of windows\r\n\r\nHello\r\n")
    run = notify("--template", template, seen(person(pki, "alice", 5, "alice@example.com")))
    assert run.status == 0 and [mail.message["Subject"] for mail in sink.mails] == ["of windows"], run


def test_a_state_that_is_something_else_is_not_touched(tmp_path, seen, pki):
    state, log = tmp_path / "state", seen(person(pki, "alice", 5, "alice@example.com"))
    for content, words in (("precious\n", "has a line 1 that certmapctl notify did not write"), (None, "is no file")):
        if content is None:
            state.unlink()
            os.mkfifo(state)
        else:
            state.write_text(content)
        run = certmapctl("notify", "--from", FROM, "--sendmail", MSMTP, "--state", state, log)
        assert run.status == 2 and words in run.error
        assert content is None or state.read_text() == content


@pytest.mark.parametrize("digest", ["zz", "A" * 64 + "\n30", "a" * 64, "../state"])
def test_a_forged_digest_does_not_spoil_the_state(digest, tmp_path, seen, sink, pki):
    """Once in the state, it would have ended each later run: nobody would have heard any more."""
    alice, log = person(pki, "alice", 5, "alice@example.com"), tmp_path / "log"
    with open(seen(alice), encoding="utf-8") as events:
        event = json.loads(events.readline())
    forged = json.loads(json.dumps(event))
    forged["tls"]["client"]["hash"]["sha256"] = digest
    log.write_text(json.dumps(forged) + "\n" + json.dumps(event) + "\n")
    for _ in range(2):
        run = certmapctl("notify", "--from", FROM, "--sendmail", MSMTP, "--state", tmp_path / "state", log,
                         environment=sink.environment)
        assert run.status == 0 and "1 line is no audit event" in run.err, run
    assert recipients(sink) == ["alice@example.com"]


UNIT, CRON = "conf/systemd/certmapctl-notify.service", "conf/cron.d/certmapctl-notify"
LOGS = "/var/log/certmap/audit.log*"


def command_of(path):
    """What systemd or cron runs."""
    if path == UNIT:
        (line,) = [line for line in read(path).splitlines() if line.startswith("ExecStart=")]
        return shlex.split(line.removeprefix("ExecStart="))
    when, user, command = cron_line(path)
    assert (when, user) == ("0 7 * * *", "certmapctl")
    return ["/bin/sh", "-c", command]


@pytest.mark.parametrize("path", [UNIT, CRON])
def test_the_samples_for_systemd_and_cron_send(path, pki, seen, sink, tmp_path):
    log = seen(person(pki, "alice", 5, "alice@example.com"))
    shell, option, command = command_of(path)
    assert LOGS in command
    command = command.replace(LOGS, f"--sendmail {MSMTP} {log}")
    environment = {**os.environ, **sink.environment, "STATE_DIRECTORY": str(tmp_path),
                   "PATH": f"{os.path.dirname(program())}:{os.environ['PATH']}"}
    run = subprocess.run([shell, option, command], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0 and run.stderr == "" and (path == UNIT or run.stdout == "")
    assert recipients(sink) == ["alice@example.com"] and (tmp_path / "notify").exists()
