"""docs/tools.md: SetHandler certmap-status, its three formats, and who may see it."""

import html.parser
import os
import re
import shutil
import subprocess

import pytest

from client import Connection
from fake_ldap import BIND_DN, PASSWORD, FakeLdap
from httpd_setup import TREE
from pki import email
from ports import free_ports
from revoked import crl
from status_page import PLAIN, Counts, parse, wait_for_requests
from watch import wait_for

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
# As Prometheus 2.42 and 3.x send it, and one that was told to take text only.
PROMETHEUS = [
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPEN_METRICS),
    ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;"
     "version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,"
     "*/*;q=0.2", OPEN_METRICS),
    ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", TEXT),
]
WEIRD = "a \\b'<i>.map"
RULES = """
<CertMapRule staff>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapCRL      conf/crl/corp.crl
    CertMapUser     {{subject.CN}}
</CertMapRule>
<CertMapRule listed>
    CertMapFile     "conf/a \\\\b'<i>.map"
</CertMapRule>
<CertMapRule people>
    {ldap}
</CertMapRule>
"""
USE = "AuthType ClientCert\nCertMapUse listed staff people\nRequire valid-user"
PLACES = PLAIN + """
<Location "/nobody">
    SetHandler certmap-status
    Require all denied
</Location>
<Location "/tried">
    CertMapTrial staff
</Location>"""


@pytest.fixture(scope="module")
def fake():
    fake = FakeLdap()
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def httpd(serve, pki, fake):
    httpd = serve(main=RULES.format(ldap=fake.lines()), location=USE, plain=PLACES, processes=2,
                  files={f"conf/{WEIRD}": "email:listed-person@partner.example listed-account\n",
                         "conf/crl/corp.crl": crl(pki.issuing)})
    for cert in (pki.alice, pki.carol, None, pki.partner.issue(["CN=l"], san=[email("listed-person@partner.example")])):
        httpd.get("/page.html", cert)
    wait_for_requests(httpd, 4)
    return httpd


def page(httpd, query="", accept=None):
    response = httpd.get_plain("/status" + query, {"Accept": accept} if accept else None)
    assert response.status == 200
    return response


class Page(html.parser.HTMLParser):
    """Well-formed: each element is closed; .text is what people read."""
    VOID = {"meta", "br", "link"}

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.tags = [], "", []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data + " "


def test_people_get_html(httpd, fake):
    for query, accept in (("", None), ("", BROWSER), ("", "*/*")):
        response = page(httpd, query, accept)
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        seen = Page(response.text)
        assert not {"script", "img", "form", "iframe"} & {tag for tag, _ in seen.tags}
        for text in ("CertMap works", f"ldap://127.0.0.1:{fake.port}", httpd.path(f"conf/{WEIRD}"),
                     "no_certificate", "staff", "logs/audit.log"):
            assert text in seen.text, text
    assert "<i>" not in response.text
    assert "no-store" in response.headers["Cache-Control"]


def test_refresh(httpd):
    assert page(httpd, "?refresh=5").headers["Refresh"] == "5"
    assert page(httpd, "?refresh").headers["Refresh"] == "1"
    assert page(httpd, "?refresh=x;auto").headers["Refresh"] is None
    assert page(httpd).headers["Refresh"] is None


@pytest.mark.parametrize("accept, content_type", PROMETHEUS)
def test_prometheus_gets_what_it_asks_for(httpd, accept, content_type):
    response = page(httpd, accept=accept)
    assert response.headers["Content-Type"] == content_type
    assert response.text.endswith("\n# EOF\n") == (content_type == OPEN_METRICS)
    assert page(httpd, "?metrics", BROWSER).headers["Content-Type"] == TEXT


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")
def test_promtool_has_no_complaint(httpd):
    text = page(httpd, "?metrics").text
    run = subprocess.run(["promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")
    families = re.findall(r"^# TYPE (\S+) (\w+)$", text, re.M)
    assert len(families) == len(set(families)) > 15
    samples = [line.rpartition(" ")[0] for line in text.splitlines() if line[0] != "#"]
    assert len(samples) == len(set(samples))
    assert 'conf/a \\\\b\'<i>.map"' in text


@pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is not installed")
def test_a_real_prometheus_scrapes_it(httpd, tmp_path):
    (port,) = free_ports(1)
    (tmp_path / "conf.yml").write_text(
        "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: certmap\n    metrics_path: /status\n"
        f"    static_configs: [{{targets: ['127.0.0.1:{httpd.plain_port}']}}]\n")
    with subprocess.Popen(["prometheus", f"--config.file={tmp_path}/conf.yml", f"--storage.tsdb.path={tmp_path}/data",
                           f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as prometheus:
        def ask(query):
            run = subprocess.run(["curl", "-sG", f"http://127.0.0.1:{port}/api/v1/query", "--data-urlencode",
                                  f"query={query}"], capture_output=True, text=True, check=False)
            return re.findall(r'"value":\[[0-9.]+,"([^"]*)"\]', run.stdout)
        try:
            wait_for(lambda: ask("up") == ["1"], "a scrape")
            assert ask("sum(certmap_decisions_total)") == [str(int(Counts(httpd)("decisions_total")))]
            assert ask('certmap_refused_total{reason="no_certificate"}') == ["1"]
            assert ask("histogram_quantile(0.9, certmap_directory_search_duration_seconds_bucket) > 0")
        finally:
            prometheus.terminate()
            prometheus.stderr.read()


def test_lines_for_programs_say_the_same_numbers(httpd):
    response = page(httpd, "?auto")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.rsplit(": ", 1) for line in response.text.splitlines())
    assert len(lines) == len(response.text.splitlines())
    metrics = [line for line in page(httpd, "?metrics").text.splitlines() if line[0] != "#"]
    for line in metrics:
        (name, labels), value = parse(line)
        values = ",".join(text.replace("\\\\", "\\") for _, text in labels)
        camel = "".join(map(str.capitalize, re.sub("_total$", "", name).split("_")))
        assert float(lines[f"{camel}({values})" if labels else camel]) == value
    assert lines["Accepted"] == "2" and lines["Refused(no_certificate)"] == "1"
    assert float(lines["UptimeSeconds"]) >= 0
    assert re.fullmatch(r"\d+\.\d+.*", lines["Version"])


def test_each_metric_is_in_the_documents(httpd):
    """With its labels; and nothing else is."""
    httpd.get_plain("/tried")
    wait_for(lambda: any(name == "trials_total" for name, _ in Counts(httpd).samples), "trial")
    with open(os.path.join(TREE, "docs", "tools.md"), encoding="utf-8") as file:
        rows = re.findall(r"^\| (`certmap_.*?) \| (.*?) \|", file.read(), re.M)
    documented = {name: set(re.findall(r"`(\w+)`", labels)) for names, labels in rows
                  for name in re.findall(r"`(\w+)`", names)}
    metrics = {}
    for (name, labels) in Counts(httpd).samples:
        name = re.sub("_(bucket|sum|count)$", "", "certmap_" + name)
        metrics.setdefault(name, set()).update(label for label, _ in labels)
    assert metrics == documented


def test_it_is_shown_to_whom_require_says(httpd):
    assert httpd.get_plain("/nobody").status == 403
    assert httpd.get_plain("/nobody?metrics").status == 403


def test_it_tells_no_secret_and_no_account(httpd):
    for query in ("", "?auto", "?metrics"):
        text = page(httpd, query).text
        for secret in (PASSWORD, BIND_DN, "listed-account", "listed-person", "alice", "carol"):
            assert secret not in text, (query, secret)


def test_get_and_head_only(httpd):
    with Connection(httpd.plain_port, plain=True) as connection:
        head = connection.request("HEAD", "/status?metrics")
        assert head.status == 200 and not head.body and int(head.headers["Content-Length"]) > 1000
        assert connection.request("POST", "/status", body="x").status == 405


def test_a_server_without_rules_has_a_page_too(serve):
    httpd = serve(plain=PLAIN, audit="")
    assert "CertMap runs" in page(httpd).text
    assert Counts(httpd)("decisions_total") == 0


def test_it_is_no_error_document(serve, pki):
    """The ErrorDocument of a refusal is served to everybody."""
    rule = "<CertMapRule cn>\nCertMapIssuedBy conf/corp-ca.pem\nCertMapUser {subject.CN}\n</CertMapRule>"
    place = '<Location "/st">\nSetHandler certmap-status\nRequire user nobody\n</Location>\nErrorDocument 403 /st'
    httpd = serve(main=rule, location="AuthType ClientCert\nCertMapUse cn\nRequire valid-user", vhost=place)
    response = httpd.get("/page.html", pki.carol)
    assert response.status == 403 and "certmap_" not in response.text and "Decisions" not in response.text
