"""certmapctl add, block, unblock, remove, lint: what they do to a map file, and what they say."""

import pytest

from map_tools import MapFiles
from pki import email, upn

ISSUER = "CN=Corp CA,O=Example"


@pytest.fixture(scope="module")
def certs(pki):
    return {"alice": pki.alice, "bob": pki.bob,
            "two": pki.issuing.issue(["CN=two"], san=[email("a@x.example"), email("b@x.example")]),
            "eve": pki.issuing.issue(["O=Example", "CN=eve"], san=[upn("Eve@corp.example")]),
            "odd": pki.issuing.issue(['O=Ex "am\\ple#, Inc.', "CN=#odd +x "], san=[]),
            "ca": pki.issuing.cert,
            "bad": pki.issuing.issue(["CN=bad\nname"])}


@pytest.fixture
def files(tmp_path, certs):
    return MapFiles(tmp_path, **certs)


def block_lines(cert):
    return f'"issuer-serial:{cert.serial}@{ISSUER}"   !\nspki:{cert.spki_sha256}   !\n'


def test_add_writes_the_digest_and_keeps_what_is_there(files, certs):
    text = "# people\r\n\r\nemail:x@y.example   x # the first\r\n"
    files.write("m.map", text)
    line = f'sha256:{certs["alice"].sha256}   alice   "groups=web admins,dev"   expires=2099-12-31'
    said = files.done("add", "m.map", "alice.pem", "alice", "--groups", "web admins,dev",
                      "--expires", "2099-12-31")
    assert said == f"m.map:4: added: {line}\n"
    assert files.read("m.map") == text + line + "\r\n"
    assert files.hidden() == []


def test_add_by_each_kind(files, certs):
    alice, eve, odd = certs["alice"], certs["eve"], certs["odd"]
    for kind, name, key in (("sha256", "alice", f"sha256:{alice.sha256}"),
                            ("spki", "alice", f"spki:{alice.spki_sha256}"),
                            ("issuer-serial", "alice", f'"issuer-serial:{alice.serial}@{ISSUER}"'),
                            ("email", "alice", "email:alice@example.com"),
                            ("upn", "eve", "upn:eve@corp.example"),
                            ("subject", "alice", "subject:CN=alice,O=Example")):
        assert files.done("add", f"{kind}.map", "--by", kind, f"{name}.pem", "x").endswith(
            f"{kind}.map:1: added: {key}   x\n")
        assert files.read(f"{kind}.map") == f"{key}   x\n"
    files.done("add", "odd.map", "--by", "subject", "odd.pem", 'say "hi" \\')
    assert "already; nothing to do" in files.refused(1, "add", "odd.map", "--by", "subject", "odd.pem",
                                                     'say "hi" \\')
    assert odd.spki_sha256 in files.done("block", "odd.map", "odd.pem")
    assert files.run("lint", "odd.map").status == 0


def test_add_says_what_stands_in_the_way(files):
    files.write("m.map", "email:alice@example.com alice groups=a,b\nemail:x@example.com !\n")
    refused = lambda *words: files.refused(1, "add", "m.map", *words)
    assert refused("--by", "email", "alice.pem", "alice", "--groups", "b,a").startswith(
        "m.map:1 is this entry already")
    assert 'm.map:1 gives this key the account "alice" with other options' in refused(
        "email:alice@EXAMPLE.com", "alice")
    assert 'm.map:1 gives this key the account "alice"; remove it first' in refused(
        "email:alice@example.com", "other")
    assert "m.map:2 blocks this key" in refused("email:x@example.com", "x")


@pytest.mark.parametrize("words, says", [
    (["two.pem", "x", "--by", "email"], "two.pem has several: email:a@x.example, email:b@x.example;"),
    (["alice.pem", "x", "--by", "upn"], "alice.pem has no upn; choose another kind with --by"),
    (["bad.pem", "x"], "bad.pem: the subject's CN holds a control character;"),
    (["alice.pem", "x", "--by", "cn"], "--by cn is no kind; write sha256, spki,"),
    (["email:a@b", "x", "--by", "email"], "--by chooses a key of a certificate;"),
    (["nothere.pem", "x"], "nothere.pem is neither a file nor a key;"),
    (["mail:a@b", "x"], 'unknown attribute "mail"; did you mean email?'),
    (["alice.pem", "bob "], 'the account has a blank at an end'),
    (["alice.pem", "bob\nemail:evil@x.example root"], "this line has a control character"),
    (["email:a@b\nemail:evil@x.example", "x"], "the value of email holds a control character"),
    (["alice.pem", "!"], "! is no account; certmapctl block writes blocks"),
    (["alice.pem", "!x"], 'the account begins with "!"'),
    (["alice.pem", ""], 'the account is empty'),
    (["alice.pem", "x", "--groups", "a,,b"], "groups= has an empty name;"),
    (["alice.pem", "x", "--expires", "2027-02-30"], 'expires= has no date;')])
def test_add_refuses_what_cannot_be_written(files, words, says):
    files.write("m.map", "# here\n")
    assert files.refused(2, "add", "m.map", *words).startswith(says)
    assert files.read("m.map") == "# here\n" and files.hidden() == []


def test_add_warns_of_what_decides_instead(files, certs):
    def warning(text, *words):
        files.write("m.map", text)
        run = files.run("add", "m.map", *words)
        assert run.status == 0, run
        return run.err
    spki = f"spki:{certs['alice'].spki_sha256}"
    assert warning("", "alice.pem", "alice") == ""
    assert 'm.map:1 gives the account "other" by spki, which is stronger' in warning(
        f"{spki} other\n", "alice.pem", "alice", "--by", "email")
    assert warning(f"{spki} other\n", "alice.pem", "alice") == ""
    assert "m.map:1 blocks the same certificate" in warning(f"{spki} !\n", "alice.pem", "alice")
    assert warning(f"{spki} ! expires=2020-01-01\n", "alice.pem", "alice") == ""
    assert "has expired after 2020-01-01" in warning("", "alice.pem", "alice", "--expires", "2020-01-01")
    assert "by sha256, which is stronger" in warning(
        f"sha256:{certs['alice'].sha256} x\n", f"cert:{certs['alice'].sha256}", "alice")


def test_block_and_unblock_a_certificate(files, certs):
    text = f"email:alice@example.com alice\nsha256:{certs['alice'].sha256} alice"
    files.write("m.map", text)
    said = files.done("block", "m.map", "alice.pem")
    assert files.read("m.map") == text + "\n" + block_lines(certs["alice"])[:-1]
    assert [line.split(" ")[0] for line in said.splitlines()] == ["m.map:3:", "m.map:4:"]
    again = files.run("block", "m.map", "alice.pem")
    assert again.status == 1 and "alice.pem is blocked already; nothing to do" in again.err
    assert "bob.pem is not blocked in m.map" in files.refused(1, "unblock", "m.map", "bob.pem")
    assert files.done("unblock", "m.map", "alice.pem").count("unblocked: ") == 2
    assert files.read("m.map") == text


def test_block_of_a_ca_says_that_its_certificates_are_not_blocked(files):
    run = files.run("block", "m.map", "ca.pem")
    assert run.status == 0 and files.read("m.map").startswith('"issuer-serial:'), run
    assert run.err == ("certmapctl: warning: ca.pem is the certificate of a CA: it alone is blocked, and not what it issued; "
                       f'for that, block "issuer:{ISSUER}"\n')
    assert files.run("block", "by.map", "ca.pem", "--by", "sha256").err.count("is the certificate of a CA") == 1
    assert files.run("block", "m.map", "ca.pem").err.count("is the certificate of a CA") == 1
    assert files.run("block", "m.map", "alice.pem").err == files.run("block", "m.map", f"issuer:{ISSUER}").err == ""


def test_block_replaces_an_entry_and_a_block_that_ends_sooner(files, certs):
    key = f"spki:{certs['alice'].spki_sha256}"
    files.write("m.map", f"{key} alice groups=dev # lost\n")
    said = files.done("block", "m.map", "alice.pem", "--by", "spki", "--expires", "2098-01-01")
    assert f"m.map:1: now a comment: {key} alice groups=dev # lost\n" in said
    assert files.read("m.map") == f"# was: {key} alice groups=dev # lost\n{key}   !   expires=2098-01-01\n"
    assert files.run("block", "m.map", key, "--expires", "2097-01-01").status == 1
    files.done("block", "m.map", key)
    assert files.read("m.map").endswith(f"\n# was: {key}   !   expires=2098-01-01\n{key}   !\n")


@pytest.mark.parametrize("rest, then", [("alice", "remove"), ("! expires=2098-01-01", "unblock")])
def test_block_makes_no_comment_that_is_longer_than_a_line_may_be(files, rest, then):
    most, mark = 16 * 1024, "# was: "
    fits = f"email:a@example.com {rest} # ".ljust(most - len(mark), "x")
    for line, status in ((fits, 0), (fits + "x", 1)):
        files.write("m.map", line + "\n")
        run = files.run("block", "m.map", "email:a@example.com")
        assert run.status == status and files.run("lint", "m.map").err == "", run
    assert run.error == ("m.map:1 has the same key, and is too long to become a comment; take it out first, "
                         f"with certmapctl {then}; nothing was changed")
    assert files.read("m.map") == line + "\n" and files.hidden() == []


@pytest.mark.parametrize("key, why", [("issuer-serial:1a@O=Example,CN=Corp CA", "the wrong way round"),
                                      ("email:Anna <a@b.example>", "has no blank"),
                                      ("subject.x500UniqueIdentifier:#0303004142", "spki:")])
def test_a_key_that_no_certificate_has_is_warned_of(files, key, why):
    files.write("m.map", "")
    for words in (["block", "m.map", key], ["unblock", "m.map", key], ["add", "m.map", key, "alice"]):
        run = files.run(*words)
        assert run.status == 0 and (why in run.err) == (words[0] != "unblock"), run


def test_a_block_that_has_ended_already_does_not_take_the_entry_away(files):
    files.write("m.map", "email:alice@example.com alice\n")
    said = files.refused(2, "block", "m.map", "email:alice@example.com", "--expires", "2020-01-01")
    assert said.startswith("--expires 2020-01-01 has passed, such a block blocks nobody; name a day from today on")
    assert files.read("m.map") == "email:alice@example.com alice\n" and files.hidden() == []


def test_block_by_digest_warns(files):
    run = files.run("block", "m.map", "alice.pem", "--by", "sha256")
    assert run.status == 0 and "re-encode its signature" in run.err


def test_unblock_leaves_what_blocks_others(files, certs):
    text = f'"issuer:{ISSUER}" !\n{block_lines(certs["alice"])}'
    files.write("m.map", text)
    run = files.run("unblock", "m.map", "alice.pem")
    assert run.status == 0 and "alice.pem is still blocked: m.map:1 by issuer; give that key" in run.err
    assert files.read("m.map") == f'"issuer:{ISSUER}" !\n'
    assert "is still blocked: m.map:1" in files.refused(1, "unblock", "m.map", "alice.pem")
    files.done("unblock", "m.map", f"issuer:{ISSUER}")
    assert files.read("m.map") == ""


def test_remove_takes_entries_and_no_blocks(files, certs):
    alice = certs["alice"]
    files.write("m.map", f"# a\nemail:alice@EXAMPLE.com alice # mail\n# b\nspki:{alice.spki_sha256} alice\n"
                         f"dns:other other\nserial:{alice.serial} !\nsubject.CN:ALICE alice\n")
    assert files.done("remove", "m.map", "alice.pem", "--by", "email") == (
        "m.map:2: removed: email:alice@EXAMPLE.com alice # mail\n")
    assert files.done("remove", "m.map", "alice.pem").count("removed: ") == 2
    assert files.read("m.map") == f"# a\n# b\ndns:other other\nserial:{alice.serial} !\n"
    assert "alice.pem has no entry in m.map" in files.refused(1, "remove", "m.map", "alice.pem")
    files.done("remove", "m.map", "dns:OTHER")
    assert "dns" not in files.read("m.map")


@pytest.mark.parametrize("words", [["add", "m.map", "alice.pem", "x"], ["block", "m.map", "dns:a"],
                                   ["unblock", "m.map", "dns:a"], ["remove", "m.map", "dns:a"]])
def test_a_file_with_errors_is_left_alone(files, words):
    text = "dns:b b\nmail:x y\ndns:b c\n"
    files.write("m.map", text)
    said = files.refused(1, *words)
    assert said.startswith('m.map:2: unknown attribute; did you mean email?') and "(and 1 more)" in said
    assert "certmapctl lint m.map" in said
    assert files.read("m.map") == text and files.hidden() == []


def test_a_certificate_from_standard_input_and_as_der(files, certs):
    files.write("alice.der", certs["alice"].der)
    assert files.run("add", "m.map", "-", "alice", given=certs["alice"].pem.encode()).status == 0
    assert "is this entry already" in files.refused(1, "add", "m.map", "alice.der", "alice")


# lint

def test_lint(files):
    files.write("good.map", "email:a@example.com a\n")
    files.write("warn.map", "email:bob bob\nemail:x@example.com ! expires=2020-01-01\n")
    files.write("bad.map", "email:bob bob\nmail:x y\n" + "email:a@b.example a\n" * 150)
    run = files.run("lint", "good.map", "warn.map")
    assert run.status == 0 and run.err == ""
    assert run.out.startswith("good.map: 1 entry, 0 errors, 0 warnings\nwarn.map:1: warning: this is no")
    assert run.out.endswith("warn.map: 2 entries, 0 errors, 2 warnings\n")
    run = files.run("lint", "bad.map", "good.map")
    assert run.status == 1 and len(run.out.splitlines()) == 1 + 1 + 149 + 1 + 1
    assert 'bad.map:2: unknown attribute; did you mean email?\n' in run.out
    run = files.run("lint", "bad.map", "none.map")
    assert run.status == 2 and "cannot read none.map: No such file" in run.err
    assert "bad.map: 151 entries, 150 errors, 1 warning\n" in run.out
    run = files.run("lint", "-", given=b"mail:x y\n")
    assert run.status == 1 and run.out.startswith('standard input:1: unknown attribute; did')


def test_lint_days(files):
    files.write("m.map", "dns:a a expires=2099-12-31\n")
    assert "expires in " in files.run("lint", "m.map", "--days", "36500").out
    assert files.run("lint", "m.map").out == "m.map: 1 entry, 0 errors, 0 warnings\n"
    for days in ("x", "-1", "1.5", "99999999999999999999"):
        assert "is no number of days" in files.refused(2, "lint", "m.map", "--days", days)


def test_lint_says_why_the_server_does_not_read_the_file(files):
    files.write("m.map", "dns:a a\n", mode=0o664)
    run = files.run("lint", "m.map")
    assert run.status == 1 and "writable by group or others (mode 0664)" in run.out
    assert "is not a regular file" in files.refused(2, "lint", ".")


def test_what_is_printed_cannot_steer_a_terminal(files):
    files.write("m\u202e.map", "dns:a \u202ex\nmail\u202e:x y\n")
    run = files.run("lint", "m\u202e.map")
    assert "\u202e" not in run.out and "\\u202e" in run.out
