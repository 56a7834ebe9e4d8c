"""Bad map files (docs/map-file.md): every error as PATH:LINE, all of them; owner and mode."""

import os
import re

import pytest

RULE = """
<CertMapRule m>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/m.map
</CertMapRule>
"""
HEX64 = "ab" * 32
GOOD = "email:good@example.com good groups=a expires=2099-12-31"
# A line, and what the message about it must say. Good lines stand between them.
BAD = [
    ("frobnicate:x alice", ["unknown attribute"]),
    ("alice@example.com alice", ["ATTRIBUTE:VALUE"]),
    (":x alice", ["ATTRIBUTE:VALUE"]),
    ("email: alice", ["value"]),
    ("email:a1@example.com", ["account"]),
    ('"email:a2@example.com alice', ["quote"]),
    ('email:"a3@example.com" alice', ["quote"]),
    ('"email:a4@example.com"alice', ["quote"]),
    ('email:a5@example.com ""', ["account"]),
    ("email:a6@example.com alice admins", ["field 3 is no option", "groups="]),
    ("email:a7@example.com alice group=admins", ["field 3 is no option", "groups="]),
    ("email:a8@example.com alice groups=", ["groups="]),
    ("email:a9@example.com alice groups=a,,b", ["groups="]),
    ("email:b1@example.com alice groups=a groups=b", ["groups="]),
    ("email:b2@example.com alice expires=2026-02-30", ["expires=", "YYYY-MM-DD"]),
    ("email:b3@example.com alice expires=31.12.2026", ["expires=", "YYYY-MM-DD"]),
    ("email:b4@example.com alice expires=2026-1-31", ["YYYY-MM-DD"]),
    ("email:b5@example.com alice expires=", ["YYYY-MM-DD"]),
    ("email:b6@example.com alice expires=2027-01-31T00:00:00Z", ["YYYY-MM-DD"]),
    (b"email:b7@example.com al\x07ice", ["control"]),
    (b"email:b8@example.com al\xffice", ["UTF-8"]),
    (b"email:b9\x00@example.com alice", ["control"]),
    ('email:c1@example.com "alice "', ["account", "blank"]),
    ("email:c2@example.com ali\u200bce", ["format"]),
    ("email:c3@example.com " + "a" * 256, ["255"]),
    ("email:c4@example.com !alice", ["account", "block"]),
    (f"sha256:{HEX64[2:]} alice", ["sha256"]),
    (f"spki:{HEX64[:-1]}g alice", ["spki"]),
    ("sha1:1234 alice", ["sha1"]),
    ("serial:xyz alice", ["serial"]),
    ("issuer-serial:1a2b alice", ["issuer-serial", "@"]),
    ('"issuer-serial:zz@CN=Corp CA,O=Example" alice', ["issuer-serial"]),
    ('"issuer-serial:1a2b@Corp CA" alice', ["RFC 4514"]),
    ("subject:alice alice", ["RFC 4514"]),
    ("subject:CN=a,,O=b alice", ["RFC 4514"]),
    ("ip:300.1.2.3 alice", ["ip"]),
    ("ip:192.0.2.0/24 alice", ["ip"]),
    ("subject.nosuchname:x alice", ["subject.", "dotted OID"]),
    ("othername.abc:00 alice", ["othername.", "dotted OID"]),
    ("email:first@example.com again", ["duplicate", "{first}"]),
    ("EMAIL:first@EXAMPLE.com again", ["duplicate", "{first}"]),
    ('"subject:cn=FIRST, o=example" again', ["duplicate", "{second}"]),
    ("subject_rfc822_name:first@example.com !", ["duplicate", "{first}"]),
    (f"sha256:{':'.join([HEX64[:2].upper()] * 32)} again", ["duplicate", "{third}"]),
    ("x" * 20000, ["16384"]),
]
FIRST = f'# comment\nemail:first@example.com one\nsubject:CN=first,O=Example two\nsha256:{HEX64} three\n'
LINES = {"first": "2", "second": "3", "third": "4"}


def octets(line):
    return line if isinstance(line, bytes) else line.encode("utf-8")


@pytest.fixture(scope="module")
def messages(pki, tmp_path_factory):
    """What `httpd -t` says of a file with all the bad lines, by line number."""
    from server import Httpd
    lines = [octets(line) for pair in BAD for line in (GOOD.replace("good@", f"g{BAD.index(pair)}@"),
                                                       pair[0])]
    httpd = Httpd(pki, main=RULE, files={"conf/m.map": FIRST.encode() + b"\r\n".join(lines)})
    code, output = httpd.test_config()
    path = httpd.path("conf/m.map")
    httpd.stop()
    assert code != 0
    found = {}
    for number, text in re.findall(re.escape(path) + r":(\d+): (.*)", output):
        found.setdefault(int(number), []).append(text)
    return found


@pytest.mark.parametrize("index", range(len(BAD)), ids=lambda index: str(BAD[index][0])[:40])
def test_every_bad_line_is_reported(messages, index):
    number = FIRST.count("\n") + 2 * index + 2
    (message,) = messages.get(number, ["nothing is said"])
    for word in BAD[index][1]:
        word = word.format(**{name: f"line {line}" for name, line in LINES.items()})
        assert word in message


def test_good_lines_are_not_reported(messages):
    assert set(messages) == {FIRST.count("\n") + 2 * index + 2 for index in range(len(BAD))}


@pytest.fixture
def checked(make_httpd):
    """-t with this map file; `change(path)` comes before it."""
    def check(text, change=None, location="", rule=RULE):
        httpd = make_httpd(main=rule, location=location, files={"conf/m.map": text})
        if change:
            change(httpd.path("conf/m.map"))
        return (httpd, *httpd.test_config())
    return check


def test_a_message_names_the_line_of_the_configuration_too(checked):
    httpd, code, output = checked("nonsense")
    assert code != 0
    assert f"{httpd.conf}:{httpd.line_of('CertMapFile')}" in output


def test_a_first_start_with_a_bad_file_fails_and_says_why(make_httpd):
    httpd = make_httpd(main=RULE, files={"conf/m.map": f"{GOOD}\n{GOOD}\n"})
    said = httpd.start_fails()
    assert f"{httpd.path('conf/m.map')}:2: " in said and "line 1" in said


@pytest.mark.parametrize("change, words", [
    (lambda path: os.chmod(path, 0o666), ["writable", "chmod"]),
    (lambda path: os.chmod(path, 0o664), ["writable", "chmod"]),
    (os.remove, ["cannot be read", "No such file", "put a file with lines of KEY ACCOUNT there"]),
    (lambda path: (os.remove(path), os.mkdir(path)), ["regular file", "name a file with lines of KEY ACCOUNT"]),
    (lambda path: (os.remove(path), os.mkfifo(path)), ["regular file", "name a file with lines of KEY ACCOUNT"]),
    (lambda path: (os.remove(path), os.symlink("/dev/null", path)), ["regular file", "name a file with lines of KEY ACCOUNT"])])
def test_a_file_that_must_not_be_trusted_is_refused(checked, change, words):
    httpd, code, output = checked(GOOD, change)
    assert code != 0
    (line,) = [line for line in output.splitlines() if httpd.path("conf/m.map") + ": " in line]
    for word in words:
        assert word in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(checked):
    httpd, code, output = checked(GOOD, lambda path: os.chown(path, 1, -1))
    assert code != 0
    assert re.search(re.escape(httpd.path("conf/m.map")) + ".*(belong|own).*chown", output)


@pytest.mark.skipif(os.geteuid() != 0, reason="root reads everything")
def test_a_file_that_only_root_can_read_is_accepted(checked):
    assert checked(GOOD, lambda path: os.chmod(path, 0o600))[1] == 0


def test_a_link_to_a_good_file_is_followed(checked):
    def link(path):
        os.rename(path, path + ".real")
        os.symlink("m.map.real", path)
    assert checked(GOOD, link)[1] == 0


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n \t\n", "\ufeff", "\ufeff\r\n"])
def test_a_file_without_entries_is_good(checked, text):
    assert checked(text)[1] == 0


@pytest.mark.parametrize("key, warned", [
    (f"sha256:{HEX64}", True), (f"sha1:{HEX64[:40]}", True), (f"cert:{HEX64}", True),
    (f"spki:{HEX64}", False), ('"issuer-serial:01@CN=x"', False), ("email:a@example.com", False)])
def test_a_block_by_certificate_digest_is_warned_of(checked, key, warned):
    httpd, code, output = checked(f"# x\n{key} !\n")
    assert code == 0
    line = re.search(re.escape(httpd.path("conf/m.map")) + ":2: (.*)", output)
    assert bool(line) == warned
    if warned:
        assert "issuer-serial" in line[1] and "spki" in line[1]
    assert "issuer-serial and spki" not in checked(f"{key} alice\n")[2]


def test_a_file_that_two_rules_name_is_reported_once(checked):
    _, _, output = checked("nonsense:x alice", rule=RULE + RULE.replace("<CertMapRule m>", "<CertMapRule n>"))
    assert len(re.findall(r"m\.map:1: ", output)) == 1


def test_relative_paths_start_at_server_root(checked):
    httpd, code, output = checked("nonsense")
    assert code != 0 and f"{httpd.root}/conf/m.map:1: " in output
