"""A server with CAs that publish CRLs; each Form has a rule and a place of its own.

    server = CrlServer(serve, {"adcs": Form([ca], {"corp.crl": octets})})     its CRL is crl/adcs/corp.crl
    server.answer("adcs", cert)                     the account, or the reason of the refusal
    server.says("adcs", cert, "certificate_revoked")     waits for that answer
    mark = server.mark(); …; server.wait("adcs", "corp.crl", "crl_reload", mark)     the event

A Form's `people`: name → (certificate, what the server answers), for a test that goes through them.
"""

from typing import NamedTuple

from maps import location
from watch import wait_for

SOON = 30.0  # docs/crl.md says 2 s; a loaded machine gets more


class Form(NamedTuple):
    cas: list             # of CertMapIssuedBy
    files: dict           # below the form's folder
    people: dict = {}
    paths: tuple = ("",)  # of CertMapCRL, below the form's folder; none: no CertMapCRL
    lines: tuple = ()     # more lines of the rule


def rule(name, form):
    paths = " ".join(f'"crl/{name}/{path}"' if path else f"crl/{name}" for path in form.paths)
    lines = [f"CertMapIssuedBy conf/{name}-ca.pem", f"CertMapCRL {paths}" if paths else "", *form.lines,
             "CertMapUser {subject.CN}"]
    return "\n    ".join([f"\n<CertMapRule {name}>", *filter(None, lines)]) + "\n</CertMapRule>"


def settings(pki, forms, main="", vhost="", files=None, **how):
    """Of an Httpd."""
    made = {**(files or {})}
    for name, form in forms.items():
        made[f"conf/{name}-ca.pem"] = "".join(ca.pem for ca in form.cas)
        made.update({f"crl/{name}/{file}": octets for file, octets in form.files.items()})
    # Clients send no intermediate CA.
    everyone = {ca.pem: ca for form in forms.values() for ca in form.cas}
    made["conf/client-cas.pem"] = pki.conf_files()["conf/client-cas.pem"] + "".join(everyone)
    return dict(main="".join(rule(*each) for each in forms.items()) + main,
                vhost="".join(map(location, forms)) + vhost, files=made, **how)


class CrlServer:
    def __init__(self, serve, pki, forms, **how):
        self.forms = forms
        self.httpd = serve(**settings(pki, forms, **how))

    def path(self, form, file=""):
        """Without a file: the folder."""
        return self.httpd.path(f"crl/{form}/{file}" if file else f"crl/{form}")

    def write(self, form, file, octets):
        self.httpd.write(f"crl/{form}/{file}", octets)

    def ask(self, form, connection):
        """On a connection that is open."""
        seen = self.httpd.watch()
        response = connection.get(f"/cgi/env/{form}")
        (line,) = seen.access(1, f"/cgi/env/{form}")
        status = {"certificate_revoked": 403, "revocation_unknown": 503, "mapped": 200}.get(line.reason, response.status)
        assert response.status == status, (response, line)
        return response.env["REMOTE_USER"] if response.status == 200 else line.reason

    def answer(self, form, cert, **how):
        with self.httpd.connect(cert, **how) as connection:
            return self.ask(form, connection)

    def says(self, form, cert, answer, bound=SOON):
        wait_for(lambda: self.answer(form, cert) == answer, f"{answer} for {form}", bound)

    def mark(self):
        return len(self.httpd.audit()), len(self.httpd.error_log())

    def events(self, form, file, mark=(0, 0)):
        return [event for event in self.httpd.audit()[mark[0]:]
                if event.get("file", {}).get("path") == self.path(form, file)]

    def actions(self, form, file, mark=(0, 0)):
        return [event["event"]["action"] for event in self.events(form, file, mark)]

    def errors(self, words, mark=(0, 0)):
        """Those of a first start are where httpd was started."""
        started = "" if mark[1] else self.httpd.read("logs/stderr.log")
        return [line for line in (started + self.httpd.error_log()[mark[1]:]).splitlines() if words in line]

    def wait(self, form, file, action, mark=(0, 0)):
        return wait_for(lambda: next((event for event in self.events(form, file, mark)
                                      if event["event"]["action"] == action), None),
                        f"{action} of {form}/{file}", SOON)

    def change(self, form, file, octets):
        """Writes it and waits until it is in force."""
        mark = self.mark()
        self.write(form, file, octets)
        return self.wait(form, file, "crl_reload", mark)
