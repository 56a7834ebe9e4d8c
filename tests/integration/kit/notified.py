"""Fixtures of the tests of certmapctl notify.

    seen(certificate, …)    the log in which a real httpd let them in
    notify("--days", …)     certmapctl notify, which sends through msmtp into `sink`, a mail_sink.MailSink
"""

import os

import pytest

from certmapctl import certmapctl
from mail_sink import MSMTP, MailSink
from pki import email

DAY = 86400
RULES = """
<CertMapRule subject>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapUser {subject.CN}
</CertMapRule>
<CertMapRule closed>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapDeny closed
</CertMapRule>"""
LOCATION = """AuthType ClientCert
CertMapUse subject
Require valid-user
<If "%{REQUEST_URI} == '/closed'">
    CertMapUse closed
</If>"""
FROM = "pki@example.com"


def person(pki, name, days, *addresses):
    # Half a day more: the count of whole days is then the same all along the test.
    return pki.issuing.issue(["O=Example", f"CN={name}"], san=[email(each) for each in addresses],
                             not_after=int((days + 0.5) * DAY))


@pytest.fixture(scope="module")
def httpd(serve):
    return serve(main=RULES, location=LOCATION)


@pytest.fixture
def seen(httpd):
    """seen(certificate, …): the log in which a real httpd let them in, and in nothing else."""
    path = httpd.path("logs/audit.log")
    offset = os.path.getsize(path) if os.path.exists(path) else 0

    def see(*certificates, place="/cgi/env", status=200):
        for each in certificates:
            assert httpd.get(place, each).status == status
        with open(path, "rb") as log:
            log.seek(offset)
            events = log.read()
        own = f"{path}.{offset}"
        with open(own, "wb") as log:
            log.write(events)
        return own
    return see


@pytest.fixture
def sink():
    with MailSink() as sink:
        yield sink


@pytest.fixture
def notify(sink, tmp_path):
    def run(*arguments, sendmail=MSMTP, how=None, **environment):
        return certmapctl("notify", "--from", FROM, "--sendmail", sendmail, "--state", tmp_path / "state",
                          *arguments, environment={**sink.environment, **environment}, **(how or {}))
    return run


def recipients(sink):
    return [to for mail in sink.mails for to in mail.recipients]


def text_of(mail):
    return mail.message.get_content()
