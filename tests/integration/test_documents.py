"""README.md and docs/ say what the module does: each directive, example, table and message is tried."""

import base64
import functools
import os
import re

import pytest

from documents import (
    DIRECTIVES_MD, DOCUMENTS, LDAP_MD, SAMPLES, code_blocks, each_block, read, section, table)
from httpd_setup import TREE
from pki import Pki, upn
from revoked import crl, delta
from server import Httpd

RULE_LINES = ("CertMapIssuedBy", "CertMapMatch", "CertMapCRL", "CertMapCRLStale", "CertMapUser", "CertMapFile", "CertMapLDAPURL", "CertMapDeny")
OUTCOMES = ("CertMapUser", "CertMapFile", "CertMapLDAPURL", "CertMapDeny")
CONTEXTS = {"only inside": "directory", "only outside": "server config, virtual host"}


# The directive table

@pytest.fixture(scope="module")
def directives(pki):
    """name → contexts, as httpd itself lists the directives of the module."""
    httpd = Httpd(pki, audit="")
    try:
        _, listing = httpd._run("-L")
    finally:
        httpd.stop()
    found = re.findall(r"^(\S+) \(mod_certmap\.c\)\n.*\n\tAllowed in \*\.conf (.*)$", listing, re.M)
    assert len(found) > 5
    # those of others, which the module only looks at
    foreign = ("AuthType", "ErrorDocument", "Alias", "ScriptAlias", "SetHandler")
    return {name: contexts for name, contexts in found if name not in foreign}


# httpd lets them in anywhere, so that the module can say where they belong; test_config_errors.py has the refusals.
REFUSED_ELSEWHERE = {"CertMapUse": "only inside", "CertMapControl": "only inside", "CertMapTrial": "only inside",
                     "<CertMapRule": "only outside"}


def expected_context(name, allowed):
    if name in REFUSED_ELSEWHERE:
        assert allowed.startswith("anywhere")
        return CONTEXTS[REFUSED_ELSEWHERE[name]]
    if name in RULE_LINES:
        return "`<CertMapRule>`"
    if name.startswith("CertMapLDAP"):
        return CONTEXTS["only outside"] + ", `<CertMapRule>`"
    if name.startswith(("CertMapCache", "CertMapKeep")):
        return "server config"
    return next(text for start, text in CONTEXTS.items() if allowed.startswith(start))


def test_each_directive_has_a_section_of_the_usual_form(directives):
    text = section(read(DIRECTIVES_MD), "## Directives")
    headings = re.findall(r"^### (.*)$", text, re.M)
    names = [re.sub(r"&lt;(\w+)&gt;", r"<\1", heading) for heading in headings]
    assert sorted(names) == sorted(directives)
    for heading, name in zip(headings, names):
        body = section(read(DIRECTIVES_MD), f"### {heading}")
        form = dict(row[:2] for row in table(body) if len(row) == 2)
        assert form["Description"] and form["Module"] == "mod_certmap" and form["Status"] == "External"
        assert form["Default"], f"{name}: httpd's manual says none, too"
        assert form["Context"] == expected_context(name, directives[name]), name
        assert form["Syntax"].startswith(f"`{name} "), name
        assert any(name in block for block in code_blocks(body)), f"{name} has no example"


def test_each_directive_is_in_the_index_at_the_top():
    text = read(DIRECTIVES_MD)
    top, rest = text.split("\n## Summary\n")
    headings = re.findall(r"^### (.*)$", section(rest, "## Directives"), re.M)
    assert set(re.findall(r"\[(\S*CertMap\S*)\]\(#", top)) == set(headings)


def test_nothing_is_documented_that_is_not_there(directives):
    known = {name.lstrip("<") for name in directives}
    for path in [*DOCUMENTS, *SAMPLES]:
        for paragraph in read(path).split("\n\n"):
            unknown = set(re.findall(r"\bCertMap[A-Z]\w+", paragraph.replace("CertMapLDAP…", ""))) - known
            assert not unknown, f"{path}: {unknown}"


def test_each_directive_stands_in_a_sample(directives):
    used = "\n".join(map(read, SAMPLES))
    for name in directives:
        assert re.search(rf"^\s*{name}\b", used, re.M), f"{name} is in no sample"


# Their source

def too_long(path):
    fenced = False
    for number, line in enumerate(read(path).splitlines(), 1):
        fenced ^= line.lstrip().startswith("```")
        if len(line) > 100 and not fenced and not re.match(r"\s*\||#|.*\]\(\S*\)\S*$", line):
            yield number


@pytest.mark.parametrize("path", [*DOCUMENTS, "CONTRIBUTING.md", "SECURITY.md", "ChangeLog.md"])
def test_text_is_wrapped_at_100(path):
    """A person reads the source, too. Tables, and a link that ends its line, may be longer."""
    assert not list(too_long(path)), path


# Examples

SOCACHES = ("socache_redis", "socache_memcache")
RULES = {
    "staff": "CertMapIssuedBy conf/corp-ca.pem\nCertMapUser {email!local}",
    "partners": "CertMapIssuedBy conf/partner-ca.pem\nCertMapFile conf/partners.map",
}


def with_missing_rules(block):
    """Adds the rules that the example names and does not define."""
    for name, lines in RULES.items():
        if f"<CertMapRule {name}>" not in block and re.search(rf"(Use|Trial|certmap-rule).*\b{name}\b", block):
            block = f"<CertMapRule {name}>\n{lines}\n</CertMapRule>\n{block}"
    block = block.replace("exec:/usr/local/bin/ldap-secret", "exec:cgi/env")
    return re.sub(r"^LoadModule .*$", "", block, flags=re.M)


def files(pki):
    return {"conf/ldap-ca.pem": pki.root.pem, "conf/ldap-password": "secret\n",
            "conf/httpd.pem": pki.alice.pem, "conf/httpd.key": pki.alice.key_pem,
            "conf/server.pem": pki.alice.pem, "conf/server.key": pki.alice.key_pem,
            "conf/people.map": "email:alice@example.com alice\n",
            "conf/crl/corp.crl": crl(pki.issuing), "conf/crl/corp+.crl": delta(pki.issuing),
            "conf/supplier-ca-2024.pem": pki.partner.pem, "conf/supplier-ca-2026.pem": pki.partner.pem,
            "conf/factory-ca.pem": pki.twin.pem, "conf/users": "",
            "conf/partners.map": "email:carol@partner.example carol\n"}


@each_block("apache")
def test_each_example_passes_configtest(make_httpd, pki, block):
    # `httpd -t` looks whether folders and files are there; a container has its own below /etc/certmap.
    text = block.text.replace("/var/log/certmap/", "logs/").replace("/etc/certmap/", "conf/")
    httpd = make_httpd(main=with_missing_rules(text).replace("/var/lib/certmap/kept", "kept"),
                       files=files(pki), modules=SOCACHES)
    httpd.writable_folder("kept")
    httpd.write("conf/certmap-secret", "0123456789abcdef" * 3 + "\n", mode=0o600)
    code, output = httpd.test_config()
    assert code == 0, output
    assert "CM004" not in output


def test_readme_is_the_beginning_of_the_minimal_sample():
    sample = iter(line.strip() for line in read("conf/examples/minimal.conf").splitlines())
    for line in filter(None, map(str.strip, code_blocks(read("README.md"))[0].splitlines())):
        assert any(each.startswith(line) for each in sample), line


def test_the_figures_of_the_readme_are_measured():
    rows = {row[0]: [float(found[0].replace(",", "")) if (found := re.findall(r"^\+?([\d.,]+)", cell)) else 0 for cell in row[1:]]
            for row in table(section(read("docs/performance.md"), "## One run")) if len(row) == 6}
    sslusername, fake, ours = (rows[name][column] for name, column in (
        ("SSLUserName, CN", 1), ("FakeBasicAuth, 1,000 users", 1), ("map of 1,000,000", 2)))
    start, memory = rows["start, e-mail keys"][2], rows["memory of all processes after start"][2]
    text = read("README.md")
    assert f"| {sslusername:.0f} thousand; FakeBasicAuth with 1,000 users {fake / 1000:.1f} million | {ours:.0f} thousand" in text
    assert f"ready in {start:.1f} s, {memory:.0f} MB" in text


def messages():
    """Lines and what httpd says of them; where the log is meant, the other table of ldap.md is."""
    rows = table(section(read(DIRECTIVES_MD), "## Start, restart, errors"))
    rows += table(section(read(LDAP_MD), "## Troubleshooting"))
    return [row for row in rows if row[0].startswith("`CertMap")]


LOCAL = 'CertMapLDAPURL "ldap://localhost/dc=example,dc=com?uid?sub?(mail={email})"'


@pytest.mark.parametrize("line, answer", messages(), ids=[row[0] for row in messages()])
def test_each_message_is_what_httpd_says(make_httpd, line, answer):
    line, answer = line.strip("`"), answer.strip("`")
    rule = line if line.startswith(RULE_LINES) else "CertMapIssuedBy conf/corp-ca.pem"
    if line.startswith("CertMapLDAP") and not line.startswith(OUTCOMES):
        rule = f"{LOCAL}\n{line}"
    elif not line.startswith(OUTCOMES):
        rule += "\nCertMapUser {email}"
    location = "AuthType ClientCert\nRequire valid-user\n" + ("" if line in rule else line)
    code, output = make_httpd(main=f"<CertMapRule staff>\n{rule}\n</CertMapRule>",
                              location=location).test_config()
    assert code != 0 and answer in output, output


def test_the_error_log_says_why_a_rule_did_not_apply(make_httpd, pki):
    lines = code_blocks(section(read(DIRECTIVES_MD), "## Decisions"), "text")[0].splitlines()
    httpd = make_httpd(main=with_missing_rules("CertMapUse staff").replace("\nCertMapUse staff", ""),
                       location="AuthType ClientCert\nCertMapUse staff\nRequire valid-user")
    with httpd:
        assert httpd.get(cert=pki.carol).status == 403
        for line in lines:
            assert line.replace("/etc/httpd", httpd.root) in httpd.error_log()


def test_an_error_document_is_told_the_reason(make_httpd, pki):
    block = next(each for each in code_blocks(read(DIRECTIVES_MD)) if "/why" in each)
    httpd = make_httpd(main=with_missing_rules("CertMapUse staff").replace("\nCertMapUse staff", ""),
                       vhost='ScriptAlias "/why" "${ROOT}/cgi/env"',
                       location=f"AuthType ClientCert\nCertMapUse staff\nRequire valid-user\n</Location>\n{block}<Location /x>")
    with httpd:
        for cert, reason in ((None, "no_certificate"), (pki.carol, "no_rule_matched")):
            told = httpd.get("/page.html", cert)
            assert (told.status, told.env["QUERY_STRING"]) == (403, f"r={reason}")


# The table of templates

@functools.lru_cache(None)
def template_certificates():
    pki = Pki()
    return pki, {
        "{email!local}": pki.person("alice"),
        "{upn!local}@{upn!domain!upper}": pki.issuing.issue(san=[upn("alice@corp.example")]),
        "cert-{serial!dec}": pki.issuing.issue(serial=0x0a1b),
        "{spki!sha256!base64}": pki.person("alice"),
        "{subject!ad_x500}": pki.issuing.issue(["O=Example", "CN=alice"]),
    }


def template_rows():
    rows = table(section(read(DIRECTIVES_MD), "## Templates"))
    rows = [[cell.strip("`") for cell in row] for row in rows]
    return [row for row in rows if row[0] in template_certificates()[1]]


def test_each_template_of_the_table_gives_the_account(make_httpd):
    pki, certificates = template_certificates()
    rows = template_rows()
    assert len(rows) == len(certificates)
    rules = "".join(f'<CertMapRule t{number}>\nCertMapUser "{row[0]}"\n</CertMapRule>\n'
                    for number, row in enumerate(rows))
    places = "".join(f'<Location "/cgi/env/{number}">\nAuthType ClientCert\nCertMapUse t{number}\n'
                     "Require valid-user\n</Location>\n" for number in range(len(rows)))
    httpd = make_httpd(main=rules, vhost=places)
    httpd.pki = pki
    for name, content in pki.conf_files().items():
        httpd.write(name, content)
    with httpd:
        for number, (template, _, account) in enumerate(rows):
            cert = certificates[template]
            if account == "its digest, as HTTP's key pins have it":
                account = base64.b64encode(bytes.fromhex(cert.spki_sha256)).decode()
            assert httpd.whoami(cert, f"/cgi/env/{number}")["REMOTE_USER"] == account


# The pages themselves

def anchor(heading):
    plain = re.sub(r"&\w+;|[^\w\- ]", "", heading.lower())
    return plain.strip().replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_link_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", read(path)):
        if "://" in target:
            continue
        file, _, fragment = target.partition("#")
        page = os.path.normpath(os.path.join(os.path.dirname(path), file)) if file else path
        assert os.path.exists(os.path.join(TREE, page)), f"{path}: {target}"
        if fragment:
            headings = re.findall(r"^#+ (.*)$", read(page), re.M)
            assert fragment in map(anchor, headings), f"{path}: {target}"


def test_the_readme_leads_to_the_index():
    """test_site.py looks that everything is in it."""
    assert "](docs/README.md)" in read("README.md")
