"""Each fenced block of README.md, CONTRIBUTING.md and docs/ is run as it stands, against the real program.

A block's language says which test runs it: @each_block. What cannot be run here is listed below, with the reason.
"""

import json
import os
import re
import subprocess

import pytest

from certmapctl import certmapctl
from cryptography import x509
from crls import PEM, REASON, builder, signed
from directory import person
from documents import DIRECTIVES_MD, WITH_BLOCKS, Block, blocks, each_block, read, section, table
from httpd_setup import TREE
from machine import FIVE_ENTRIES, Machine
from pki import email
from watch import wait_for

# First words of a block, and why no test runs it as it stands.
NOT_HERE = {
    "dsconf INSTANCE ": "389 Directory Server is not among the programs that tests need",
    "autoreconf": "tests/check-install and make distcheck do",
    "podman ": "no container engine is needed for tests/packages/check-container, which follows the same steps",
    "make": "builds, installs and tests: tests/check-*, test_demo.py and .ci/run do that; here its targets are looked up",
}
# Texts that are no commands: first words, and the test that compares them.
TEXTS = {
    "connection ─ httpd/request": "a picture",
    "             mod_certmap.cpp: ": "a picture",
    "httpd/ ─▶ Mapper::decide": "a picture",
    "certificate  ": "test_demo.py::test_the_demo",
    "subject        CN=Alice Doe": "test_show.py::test_the_example_of_the_documentation",
    "CM0012: refused: no_rule_matched": "test_documents.py::test_the_error_log_says_why_a_rule_did_not_apply",
    "CM0101: audit event could not be": "test_blocks.py::test_the_line_about_a_full_disk",
    "ipaCertMapData: X509:": "test_blocks.py::test_the_mapping_data_of_ipa",
    "Subject: {account}": "test_blocks.py::test_the_template_of_a_mail",
    "CHANGE         WAS": "test_replay.py::test_the_example_of_the_documentation",
    "Outcome: ": "test_blocks.py::test_the_lines_to_send_along",
}


def beginning(table_of_words, block):
    return next((value for start, value in table_of_words.items() if block.text.startswith(start)), None)


# No block without a test

def languages_with_a_test():
    folder = os.path.join(TREE, "tests", "integration")
    sources = "".join(read(os.path.join(folder, name)) for name in os.listdir(folder) if name.startswith("test_"))
    return set(re.findall(r'^@each_block\("(\w+)"\)\n', sources, re.M))


@pytest.mark.parametrize("path", WITH_BLOCKS)
def test_each_block_has_a_language_that_a_test_runs(path):
    for block in blocks(path):
        assert block.language in languages_with_a_test(), f"{path}:{block.line}: no test runs such a block"


@pytest.mark.parametrize("path", WITH_BLOCKS)
def test_code_is_fenced(path):
    text = read(path)
    assert len(re.findall(r"^ *```", text, re.M)) == 2 * len(list(blocks(path)))
    for block in blocks(path):
        assert block.text.strip(), f"{path}:{block.line}"
    rest = re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.M | re.S)
    assert not re.search(r"\n\n(?: {4,}|\t)\S.*", rest), "code without a fence, so that no test finds it"


@each_block("text")
def test_each_text_is_compared_by_a_test(block):
    test = beginning(TEXTS, block)
    assert test, f"{block.path}:{block.line}: TEXTS does not name it"
    if "::" in test:
        file, _, name = test.partition("::")
        assert f"def {name}" in read(f"tests/integration/{file}")


# Commands

@pytest.fixture(scope="module")
def machine(serve, make_directory):
    return Machine(serve(**Machine.settings), make_directory(person("alice", description="x")))


def expiring_lines():
    def event(account, sha, end, seen, cn=None):
        return json.dumps({
            "ecs": {"version": "8.11.0"}, "@timestamp": f"{seen}T10:00:00.000Z", "event": {"action": "authenticate", "outcome": "success", "reason": "mapped"},
            "user": {"name": account}, "tls": {"client": {"hash": {"sha256": sha * 16}, "x509": {
                "subject": {"distinguished_name": f"CN={cn or account},O=Example"}, "not_after": f"{end}T08:00:00Z",
                "issuer": {"distinguished_name": "CN=Corp CA,O=Example"}, "serial_number": sha * 4}}}})
    day = (lambda days: subprocess.run(["date", "-u", "+%F", "-d", f"{days} days"], capture_output=True, text=True,
                                       check=True).stdout.strip())
    return "\n".join([event("frank", "0F6A", day(-1), day(-2)), event("erin", "93AB", day(3), day(0)),
                      event("erin", "94AB", day(200), day(-1)), event("alice", "D41D", day(11), day(-1))]) + "\n"


GRID = ('"/O=Grid/CN=a" a\n"/O=Grid/CN=b" b\n"/O=Grid/CN=c" web,root\n' + "".join(f'"/O=Grid/CN={n}" n{n}\n' for n in range(5))
        + '"/O=Grid/*" all\n')
TOMORROW = subprocess.run(["date", "-u", "+%F", "-d", "4 days"], capture_output=True, text=True, check=True).stdout.strip()
LINT = FIVE_ENTRIES.replace("email:grace@partner.example grace", "email:frank@partner.example frank") + (
    f"email:a@partner.example a\nemail:b@partner.example b expires={TOMORROW}\n")
# What lies there beforehand, by how a command begins.
FILES = {
    "certmapctl lint": {"partners.map": LINT},
    "certmapctl import": {"grid-mapfile": GRID},
    "certmapctl expiring": {"certmap-audit.log": expiring_lines(), "audit/audit.log.1": expiring_lines()},
    "list=$(certmapctl expiring": {"audit/audit.log.1": expiring_lines()},
    "certmapctl replay": {"certmap-audit.log": ""},
    "certmapctl add": {"conf/partners.map": FIVE_ENTRIES},
    "certmapctl block": {"conf/partners.map": FIVE_ENTRIES},
}


def prepare(machine, pki, block, command):
    doe = "Doe" in block.text
    subject = ["O=Example", "OU=People", "CN=Alice Doe"] if doe else ["O=Example", "CN=alice"]
    machine.certificate("alice.pem", pki.issuing.issue(subject, serial=0x1a2b, san=[email("alice@example.com")]))
    machine.certificate("erin.pem", pki.partner.issue(["CN=erin"], san=[email("erin@partner.example")]))
    if ".crl" in command:
        lists = {"corp.crl": ((0x1a2b, 1, 2), [(x509.CRLNumber(5), False)]),
                 "delta.crl": ((3, 4), [(x509.CRLNumber(6), False), (x509.DeltaCRLIndicator(5), True)])}
        for name, (serials, extensions) in lists.items():
            made = builder(pki.issuing, *serials, reason=REASON.key_compromise, extensions=extensions)
            machine.httpd.write(name, signed(made, pki.issuing.key, PEM).decode())
        machine.httpd.write("corp-ca.pem", pki.issuing.pem)
    for start, files in FILES.items():
        if command.startswith(start):
            for name, text in files.items():
                machine.httpd.write(name, text)


@each_block("sh")
def test_each_command_runs(machine, pki, block):
    if beginning(NOT_HERE, block):
        targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.M))
        assert set(re.findall(r"^make ([a-z-]+)", block.text, re.M)) <= targets
        return
    if os.geteuid() and re.match("(chown|install) ", block.text):
        pytest.skip("only root can give files away")
    prepare(machine, pki, block, block.text)
    machine.httpd.get("/", cert=pki.partner.issue(["CN=nobody"]))
    status, output = machine.run(block.text)
    assert status == 0, output
    assert not re.search(r"command not found|No such file|jq: error|curl: ", output), output


# Commands inside of sentences

PROGRAMS = "apachectl|certmapctl|openssl|ldapsearch|curl|jq|chmod"
# Names of commands and options, and what has a gap for the reader to fill in.
NO_WHOLE_COMMAND = re.compile(r"certmapctl (\w+|--help)( --vhost| --has| --issued-by)?$|curl --cert$|chmod (-R g=u|\d+)$|.*(…|\b(CERT|COMMAND|HOST)\b)", re.S)


def commands_in_sentences():
    found = {}
    for path in WITH_BLOCKS:
        text = re.sub(r"^( *)```.*?^\1```$", "", read(path), flags=re.M | re.S)
        for command in re.findall(rf"`((?:\(umask \d+; )?(?:{PROGRAMS}) [^`|]+)`", text):
            if not NO_WHOLE_COMMAND.match(command):
                found[" ".join(command.split())] = path
    return found


@pytest.mark.parametrize("command", commands_in_sentences())
def test_each_command_in_a_sentence_runs(machine, pki, command):
    machine.httpd.write("copy.map", FIVE_ENTRIES)
    prepare(machine, pki, Block("", 0, "sh", command), command)
    status, output = machine.run(command)
    assert status == 0, output


def test_there_are_commands_in_sentences():
    assert {"apachectl configtest", "(umask 077; openssl rand -base64 48 > conf/certmap-secret)"} <= set(commands_in_sentences())


MAN = re.findall(r"^\.RS 4\n(certmapctl .*)\n\.RE$", read("docs/man/certmapctl.1").replace("\\-", "-"), re.M)


@pytest.mark.parametrize("command", MAN)
def test_each_example_of_the_man_page_runs(machine, pki, command):
    machine.certificate("stolen.pem", pki.person("frank"))
    prepare(machine, pki, Block("", 0, "sh", command), command)
    status, output = machine.run(command)
    assert status == 0, output


def shape(line):
    """What must be the same: not numbers, digests, dates, and folders."""
    line = re.sub(r"\S*\.conf:\d+", "CONF", line)
    line = re.sub(r"/\S*/(?=[\w.-]+)", "", line)
    return " ".join(re.sub(r"\b[0-9A-Fa-f]{4,}\b|\d+", "#", line).split())


def same_shape(shown, printed):
    """`...` at a line's end is its rest, and alone any lines."""
    rest = iter(map(shape, printed))
    for line in map(shape, shown):
        if line == "...":
            continue
        start = line.removesuffix("...")
        assert any(each == line or start != line and each.startswith(start) for each in rest), (line, printed)
    assert "..." in "".join(shown) or len(list(rest)) == 0, printed


@each_block("console")
def test_each_session_is_as_it_is_shown(machine, pki, block):
    for part in re.split(r"^\$ ", block.text, flags=re.M)[1:]:
        command, *shown = part.splitlines()
        if block.text.startswith("$ " + command):
            prepare(machine, pki, block, command)
        _, output = machine.run(command)
        same_shape([line for line in shown if line], [line for line in output.splitlines() if line])


@each_block("syntax")
def test_each_synopsis_is_the_program_s(block):
    for line in re.sub(r"\n +", " ", block.text).splitlines():
        if line.startswith("certmapctl "):
            usage = certmapctl(line.split()[1], "--help").out
            for option in re.findall(r"--[a-z-]+(?: [A-Z]\w*)?", line):
                assert re.search(rf"^  {option}\b", usage, re.M), (line, usage)
        else:
            form = dict(row[:2] for row in table(section(read(DIRECTIVES_MD), f"### {line.split()[0]}")) if len(row) == 2)
            assert re.sub(" ?\\| ?", "|", line).lower() == form["Syntax"].strip("`").replace(" ", " ").lower(), line


@each_block("promql")
def test_each_alarm_is_an_expression_on_metrics_that_are_there(machine, tmp_path, block):
    alarms = block.text.splitlines()
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": [
        {"alert": f"a{number}", "expr": alarm} for number, alarm in enumerate(alarms)]}]}))
    run = subprocess.run(["promtool", "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    documented = read("docs/tools.md")
    for name in re.findall(r"certmap_\w+", block.text):
        assert f"`{name.removesuffix('_bucket')}`" in documented


# Texts

@each_block("json")
def test_the_example_of_an_event_has_the_fields_of_an_event(machine, pki, block):
    def paths(value, prefix=""):
        if isinstance(value, dict):
            return {each for name, inner in value.items() for each in paths(inner, f"{prefix}{name}.")}
        return {prefix.rstrip(".")}
    machine.httpd.write("conf/partners.map", "email:carol@partner.example carol\n")
    wait_for(lambda: machine.httpd.get("/cgi/env", pki.carol).status == 200)
    event = machine.httpd.audit("audit/audit.log")[-1]
    assert paths(json.loads(block.text)) == paths(event)


def test_the_line_about_a_full_disk(make_httpd, pki):
    line = next(block.text for path in WITH_BLOCKS for block in blocks(path) if block.text.startswith("CM0101"))
    with make_httpd(**{**Machine.settings, "audit": "CertMapAuditLog /dev/full"}) as httpd:
        httpd.get("/cgi/env", pki.alice)
        words = re.sub("/var/log/\\S+.log", "/dev/full", line.strip()).partition(" (")[0]
        wait_for(lambda: words in httpd.error_log(), words)
        assert "lost since the server was started)" in line and "lost since the server was started)" in httpd.error_log()


def test_the_mapping_data_of_ipa(make_httpd, pki):
    text = next(block.text for path in WITH_BLOCKS for block in blocks(path) if block.text.startswith("ipaCertMapData: "))
    rule = ("<CertMapRule ipa>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser "
            '"X509:<I>{issuer!nss_x500}<S>{subject!nss_x500}"\n</CertMapRule>')
    with make_httpd(main=rule, location="AuthType ClientCert\nCertMapUse ipa\nRequire valid-user") as httpd:
        assert "ipaCertMapData: " + httpd.whoami(pki.alice)["REMOTE_USER"] == text.strip()


def test_the_template_of_a_mail(tmp_path):
    text = next(block.text for path in WITH_BLOCKS for block in blocks(path) if block.text.startswith("Subject: {account}"))
    (tmp_path / "template").write_text(text)
    (tmp_path / "log").write_text(expiring_lines())
    words = "--from", "pki@example.com", "--to", "{account}@example.com", "--state", tmp_path / "state", "--dry-run"
    told = certmapctl("notify", *words, "--template", tmp_path / "template", tmp_path / "log")
    assert told.status == 0 and "alice@example.com" in told.out + told.err, told


def test_the_lines_to_send_along(make_httpd, pki):
    text = next(block.text for path in WITH_BLOCKS for block in blocks(path) if block.text.startswith("Outcome: "))
    with make_httpd(**{**Machine.settings, "vhost": Machine.settings["vhost"] + "ErrorDocument 403 /whoami"}) as httpd:
        page = httpd.get("/reports/", pki.twin.issue(["CN=x"])).text
    for name in re.findall(r"^[^:]+:", text, re.M):
        assert name in page, name
