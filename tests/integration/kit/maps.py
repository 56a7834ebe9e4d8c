"""Servers with several map files at once, so that one wait is enough for many changes.

    maps = Maps(serve, {"a": ALICE, "b": ALICE})     conf/a.map, rule a, /cgi/env/a …
    maps.account("a", cert)                          account, or status of a refusal
    mark = maps.mark(); …; maps.events("a", mark)    events since then about conf/a.map
    maps.wait("a", mark, "map_reload")               the first event of that action
"""

import contextlib
import os
import time

from client import HandshakeRefused
from watch import wait_for

SOON = 30.0  # docs/map-file.md says 2 s; a loaded machine gets more


def rule(name):
    return f"""
<CertMapRule {name}>
    CertMapIssuedBy conf/corp-ca.pem
    CertMapFile conf/{name}.map
</CertMapRule>"""


def location(name):
    return f"""
<Location "/cgi/env/{name}">
    AuthType ClientCert
    CertMapUse {name}
    Require valid-user
</Location>"""


def last_answers(connections, path):
    """The status of one request for each, from time to time, but for those that httpd has closed: after a graceful
    restart each may have one request left."""
    for connection in connections:
        time.sleep(2)
        with contextlib.suppress(HandshakeRefused):
            yield connection.get(path).status


class Maps:
    def __init__(self, serve, texts, **how):
        self.httpd = serve(main="".join(map(rule, texts)), vhost="".join(map(location, texts)),
                           files={f"conf/{name}.map": text for name, text in texts.items()}, **how)

    def path(self, name):
        return self.httpd.path(f"conf/{name}.map")

    def write(self, name, text, **how):
        self.httpd.write(f"conf/{name}.map", text, **how)

    def remove(self, name):
        (os.rmdir if os.path.isdir(self.path(name)) else os.remove)(self.path(name))

    def account(self, name, cert):
        response = self.httpd.get(f"/cgi/env/{name}", cert)
        return response.env["REMOTE_USER"] if response.status == 200 else response.status

    def mark(self):
        return len(self.httpd.audit()), len(self.httpd.error_log())

    def events(self, name, mark=(0, 0)):
        return [event for event in self.httpd.audit()[mark[0]:]
                if event.get("file", {}).get("path") == self.path(name)]

    def actions(self, name, mark=(0, 0)):
        return [event["event"]["action"] for event in self.events(name, mark)]

    def errors(self, name, mark=(0, 0)):
        return [line for line in self.httpd.error_log()[mark[1]:].splitlines() if self.path(name) in line]

    def wait(self, name, mark, action):
        return wait_for(lambda: next((event for event in self.events(name, mark)
                                      if event["event"]["action"] == action), None),
                        f"{action} of {name}", SOON)

    def change(self, name, text):
        """Writes it and waits until it is in force; the generation."""
        mark = self.mark()
        self.write(name, text)
        return self.wait(name, mark, "map_reload")["certmap"]["map_generation"]
