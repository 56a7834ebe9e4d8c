"""`certmapctl show`: what it shows is what the server reads, and nothing of it steers a terminal."""

import datetime
import json
import re

import pytest

import der
from certmapctl import certmapctl
from documents import code_blocks, read
from pki import (Ca, Cert, dns, email, extension, ip, krb5, policies, sid_extension, upn, uri)
from places import Asker, quoted
from test_attributes import ATTRIBUTES, SAN, SID, SUBJECT

# Every value of each, as templates pick them: by number, the first is 1.
NAME = re.compile(r"^(.*?)(?:\[(-?\d+)\])?$")
KEYS = "\nKeys for a map file, the strongest first:\n"
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@pytest.fixture(scope="module")
def full(pki):
    return pki.issuing.issue(
        SUBJECT, san=SAN, eku=("clientAuth", "1.2.3.4"), serial=b"\x00\xb1\x22\x9a",
        extensions=[sid_extension(SID), policies("2.16.840.1.101.2.1", "1.2.3"),
                    extension("1.2.3.4.5", der.octets(b"\x01\x02")),
                    extension("1.2.3.4.6", der.octets(b"\xab" * 300))])


def show(cert, *options):
    return certmapctl("show", *options, cert.path)


def rows(text):
    """(name, value) of each line of the table."""
    return [tuple(re.split(" {2,}", line, maxsplit=1)) for line in text.split("\n\n")[0].splitlines()]


def keys(text):
    return [line.removeprefix("  ") for line in text.split(KEYS)[1].split("\n\n")[0].splitlines()]


# What it shows

@pytest.mark.parametrize("name, value", ATTRIBUTES)
def test_json_has_each_attribute(pki, full, name, value):
    value = value(pki, full) if callable(value) else value
    name, index = NAME.match(name).groups()
    values = show(full, "--json").json[name]
    index = int(index or 1)
    assert values[index - 1 if index > 0 else index] == value
    assert type(values) is list


def test_the_table_has_the_same(full):
    run = show(full)
    facts = show(full, "--json").json
    assert facts.pop("validity") == "valid" and "malformed" not in facts
    listed = [(name, value) for name, values in facts.items() for value in values]
    shown = rows(run.out)
    assert [name for name, _ in shown] == [name for name, _ in listed]
    for (_, seen), (name, value) in zip(shown, listed):
        digits, cut, rest = seen.partition("...")
        if cut:
            assert name.startswith("ext.") and value.startswith(digits) and len(digits) == 128
            assert rest == f" ({len(value) // 2} octets; --json shows all)"
        else:
            assert seen == value.lstrip() or name == "subject.OU"
    starts = {len(line) - len(re.split(" {2,}", line, maxsplit=1)[1]) for line in
              run.out.split("\n\n")[0].splitlines() if not line.startswith("subject.OU")}
    assert len(starts) == 1, "the values are not aligned"
    assert run.status == 0


def test_an_extension_is_whole_in_json(full):
    assert show(full, "--json").json["ext.1.2.3.4.6"] == [der.octets(b"\xab" * 300).hex()]


def test_alternative_names_stand_in_the_order_of_the_certificate(pki):
    cert = pki.issuing.issue(san=[dns("b.example"), email("b@x.example"), dns("a.example"), uri("z:")])
    facts = show(cert, "--json").json
    assert [name for name in facts if name in ("dns", "email", "uri")] == ["dns", "email", "uri"]
    assert facts["dns"] == ["b.example", "a.example"]


def test_what_is_absent_is_not_shown(pki):
    facts = show(pki.issuing.issue([], eku=None, ski=False, aki=False), "--json").json
    assert not {"subject", "email", "ski", "aki", "eku", "policy", "sid"} & set(facts)
    assert all(facts.values())


def test_what_it_shows_is_what_the_server_gives(make_httpd, pki, full):
    """Each value, as a template of the server has it."""
    facts = show(full, "--json").json
    del facts["validity"], facts["issuer-serial"], facts["ext.1.2.3.4.6"], facts["ext.2.5.29.17"]
    values = [(f"{name}[{number}]", value) for name, values in facts.items()
              for number, value in enumerate(values, 1) if len(value) < 250]
    assert len(values) > 50
    main = "".join(f'<CertMapRule r{n}>\nCertMapUser {quoted("|{" + name + "}|")}\n</CertMapRule>\n'
                   for n, (name, _) in enumerate(values))
    vhost = "".join(f'<Location "/cgi/env/r{n}">\nAuthType ClientCert\nCertMapUse r{n}\n'
                    "Require valid-user\n</Location>\n" for n in range(len(values)))
    with make_httpd(main=main, vhost=vhost) as httpd:
        ask = Asker(httpd, full)
        for number, (_, value) in enumerate(values):
            assert ask(f"r{number}") == f"|{value}|"


# Keys of map files

def test_each_key_can_be_pasted(make_httpd, pki, full):
    odd = Ca('O=Say "hi"\\, Inc. #1', "CN=Odd, CA").issue(
        ['O=a"b\\c', "CN= #x  y "], san=[email("a b#c@x.example"), upn("a\\b@x"), krb5("R\\", "a@b")])
    found = 0
    for cert in (full, odd):
        lines = keys(show(cert).out)
        found += len(lines)
        main = "".join(f"<CertMapRule r{n}>\nCertMapFile conf/{n}.map\n</CertMapRule>\n"
                       for n in range(len(lines)))
        vhost = "".join(f'<Location "/cgi/env/r{n}">\nAuthType ClientCert\nCertMapUse r{n}\n'
                        "Require valid-user\n</Location>\n" for n in range(len(lines)))
        files = {f"conf/{n}.map": f"{line} a{n}\n" for n, line in enumerate(lines)}
        files["conf/client-cas.pem"] = pki.conf_files()["conf/client-cas.pem"]
        httpd = make_httpd(main=main, vhost=vhost, files=files, verify="optional_no_ca")
        code, output = httpd.test_config()
        assert code == 0, output
        if cert is full:
            with httpd:
                ask = Asker(httpd, cert)
                assert [ask(f"r{n}") for n in range(len(lines))] == [f"a{n}" for n in range(len(lines))]
    assert found > 20


def test_issuer_serial_is_as_a_map_file_has_it(pki, full):
    assert show(full, "--json").json["issuer-serial"] == ["b1229a@CN=Corp CA,O=Example"]
    assert '"issuer-serial:b1229a@CN=Corp CA,O=Example"' in keys(show(full).out)


def test_a_key_that_no_map_file_can_hold_is_not_offered(pki):
    cert = pki.issuing.issue(["CN=a\u202eb"])
    assert not any("CN=a" in key for key in keys(show(cert).out))


# What is wrong with it

MALFORMED = {
    "subject": (dict(subject=["CN=a\x1b[2Jb"]), ("subject.CN", r"a\u001b[2Jb"),
                "the subject's CN holds a control character"),
    "san with NUL": (dict(san=[email(b"alice@example.com\0.evil"), dns("fine.example")]),
                     ("email", r"alice@example.com\u0000.evil"),
                     "the subjectAltName's email holds a control character"),
    "san beyond ASCII": (dict(san=[email(b"\xc3\xa9@x.example")]), ("email", "#c3a940782e6578616d706c65"),
                         "the subjectAltName's email"),
    "address": (dict(san=[ip(b"\1\2\3\4\5")]), ("ip", "#0102030405"), "is no address of 4 or 16 octets"),
    "upn": (dict(san=[upn(b"\xff")]), ("upn", "#0c01ff"), "the subjectAltName's upn"),
    "twice": (dict(extensions=[extension("1.2.3", der.null())] * 2), ("ext.1.2.3", "0500"),
              "extension 1.2.3 occurs twice"),
    "serial": (dict(serial=b"\xff"), ("issuer.CN", "Corp CA"), "serial number is negative"),
}


@pytest.mark.parametrize("how, row, sentence", MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed(pki, how, row, sentence):
    cert = pki.issuing.issue(**how)
    run, facts = show(cert), show(cert, "--json")
    assert (run.status, facts.status) == (1, 1)
    assert row in rows(run.out)
    last = run.out.splitlines()[-1]
    assert last.startswith("It is malformed: the server would refuse it (malformed_certificate), because ")
    assert sentence in last and sentence in facts.json["malformed"]
    assert ("sha256", cert.sha256) in rows(run.out)
    assert KEYS not in run.out


def test_what_is_wrong_in_one_place_hides_nothing_in_another(pki):
    cert = pki.issuing.issue(["CN=a\x07"], san=[email(b"a\0b"), dns("fine.example")])
    facts = show(cert, "--json").json
    assert facts["subject.CN"] == ["a\x07"] and facts["email"] == ["a\0b"]
    assert facts["dns"] == ["fine.example"] and facts["eku"] == ["1.3.6.1.5.5.7.3.2"]


@pytest.mark.parametrize("seconds, text, word", [
    ((-7200, -3600), "It has expired: the server would refuse it (certificate_expired).", "expired"),
    ((3600, 7200), "It is not yet valid: the server would refuse it (certificate_not_yet_valid).",
     "not_yet_valid")])
def test_dates(pki, seconds, text, word):
    cert = pki.person("alice", not_before=seconds[0], not_after=seconds[1])
    run = show(cert)
    assert (run.status, run.out.splitlines()[-1]) == (0, text)
    assert show(cert, "--json").json["validity"] == word


@pytest.mark.parametrize("name, shown", [("notafter", "notbefore"), ("notbefore", "notafter")])
def test_a_date_that_is_no_valid_time_is_left_out(pki, name, shown):
    last_of_february = datetime.datetime(2030, 2, 28, tzinfo=datetime.timezone.utc)
    cert = pki.person("alice", **{name.replace("not", "not_"): last_of_february})
    cert = Cert(cert.der.replace(b"300228000000Z", b"300230000000Z"), cert.key, cert.serial, cert.not_before, cert.not_after)
    run, facts = show(cert), show(cert, "--json").json
    assert run.status == 1 and "is no valid time" in run.out.splitlines()[-1] and "is no valid time" in facts["malformed"]
    assert {name, "validity"}.isdisjoint(facts) and shown in facts and name not in dict(rows(run.out))
    assert "1970" not in run.out and "expired" not in run.out and "not yet valid" not in run.out


@pytest.mark.parametrize("text", ["\x1b]0;owned\x07", "a\u202eb", "\u2028next", "\x9b31m", "\u200f", "tab\there",
                                  "\u2066x", "\U000e0041"])
def test_nothing_steers_the_terminal(pki, text):
    cert = pki.issuing.issue([f"CN={text}"])
    for run in (show(cert), show(cert, "--json")):
        assert not STEERING.search(run.out) and "\U000e0041" not in run.out
    assert show(cert, "--json").json["subject.CN"] == [text]


def test_arguments():
    assert certmapctl("show").error == "show needs CERT|CRL; see certmapctl show --help"
    assert certmapctl("show", "a", "b").error == "show takes only CERT|CRL; see certmapctl show --help"
    assert certmapctl("show", "--jsn", "a").status == 2


def test_the_example_of_the_documentation(pki):
    """Each line of docs/tools.md but those that are cut, and their order."""
    example = next(block for block in code_blocks(read("docs/tools.md"), "text") if KEYS in block)
    utc = datetime.timezone.utc
    cert = pki.issuing.issue(["O=Example", "OU=People", "CN=Alice Doe"], san=[email("alice@example.com")],
                             serial=0x1a2b, not_before=datetime.datetime(2026, 11, 1, tzinfo=utc),
                             not_after=datetime.datetime(2027, 10, 31, 23, 59, 59, tzinfo=utc))
    shown = iter([" ".join(line.split()) for line in show(cert).out.splitlines()])
    for line in example.splitlines():
        whole = " ".join(line.split())
        start = re.sub(r"\w*\.\.\.$", "", whole)
        assert any(each == whole or start != whole and each.startswith(start) for each in shown), line


def test_the_json_is_one_indented_object(full):
    out = show(full, "--json").out
    assert out.startswith("{\n  \"subject\": [\n") and out.endswith("\n}\n")
    assert json.loads(out)
