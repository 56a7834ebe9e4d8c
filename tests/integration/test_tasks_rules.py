"""The rules of docs/tasks/ as they stand there, all in a row: none takes whom the one before it keeps out."""

import re

import pytest

from documents import code_blocks, read
from pki import KEY_AGREEMENT, dns, email, policies, upn

PIV, CAC, FOR_MAIL = "2.16.840.1.101.3.2.1.3.13", "2.16.840.1.101.2.1.11.9", "2.16.840.1.101.3.2.1.3.7"
CARD = ["O=U.S. Government", "OU=DoD", "CN=DOE.ALICE.M.1234567890"]
NAMED = {"san": [upn("1234567890121002@mil")]}
REFUSED = "!no_rule_matched"


def rules(page):
    text = next(block for block in code_blocks(read(f"docs/tasks/{page}.md")) if "CertMapUse " in block)
    return "".join(re.findall(r"(?ms)^<CertMapRule .*?^</CertMapRule>\n", text)), re.search(r"CertMapUse .*", text)[0]


@pytest.fixture(scope="module")
def ask(request, serve, pki):
    text, use = rules(request.param)
    httpd = serve(main=text.replace("certmap/", "conf/"), location=f"AuthType ClientCert\n{use}\nRequire valid-user",
                  files={"conf/people-ca.pem": pki.issuing.pem, "conf/ad.map": "sid:S-1-5-21-1-2-3-4 x\n"})

    def answer(subject, **how):
        response = httpd.get("/cgi/env", pki.issuing.issue(subject, **how))
        reason = httpd.audit()[-1]["event"]["reason"]
        return response.env["REMOTE_USER"] if response.status == 200 else f"!{reason}"
    return answer


@pytest.mark.parametrize("ask", ["smart-cards"], indirect=True)
@pytest.mark.parametrize("policy, how, account", [
    (PIV, NAMED, "1234567890"), (CAC, {}, "1234567890"),
    (FOR_MAIL, NAMED, REFUSED), (FOR_MAIL, {}, REFUSED), (CAC, NAMED, REFUSED), (PIV, {}, REFUSED),
    (CAC, {"ku": KEY_AGREEMENT}, REFUSED)])
def test_no_other_certificate_of_a_card_is_taken(ask, policy, how, account):
    assert ask(CARD, extensions=[policies(policy)], **how) == account


@pytest.mark.parametrize("ask", ["existing-ca"], indirect=True)
@pytest.mark.parametrize("subject, how, account", [
    (["CN=Bob"], {"san": [upn("bob@corp.example.com")]}, "bob"),
    (["CN=Bob"], {"san": [upn("bob@corp.example.com"), email("bob@example.com")], "eku": ()}, REFUSED),
    (["O=EXAMPLE.COM", "CN=carol"], {}, "carol"), (["O=EXAMPLE.COM", "CN=carol"], {"eku": ()}, REFUSED),
    (["CN=Dave"], {"san": [email("dave@example.com")]}, "dave"),
    (["O=EXAMPLE.COM", "CN=web1"], {"san": [dns("web1"), email("dave@example.com")]}, REFUSED)])
def test_no_rule_of_an_authority_takes_what_the_others_refuse(ask, subject, how, account):
    assert ask(subject, **how) == account
