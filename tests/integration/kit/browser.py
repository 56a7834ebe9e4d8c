"""Headless Chromium with a client certificate, driven through chromedriver's W3C protocol.

    with Browser(pki, cert=pki.alice) as browser:         cert=None: none; issuer=…: of another authority
        browser.open("https://localhost:8443/whoami")
        browser.run("return document.title")
        browser.look(width=320, dark=True)                from now on, also for the page that is open
        browser.headings()                                [(1, "You are signed in as alice"), …]
        browser.complaints()                              console lines since the last call: CSP, scripts, network
        browser.screenshot("/tmp/page.png")               the whole page; above="#place": what is above that element

The profile and the NSS store (client certificate, and the test root as trusted) are in a folder of its
own; the certificate is chosen by policy, as administrators do it. Nothing is ignored: the server's
certificate must be good.
"""

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request

import pytest

from watch import wait_for

POLICIES = "/etc/chromium/policies/managed"
# The same in each file, so that tests that run side by side do not disturb each other.
POLICY = {"AutoSelectCertificateForUrls": ['{"pattern":"https://localhost","filter":{}}']}
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars"]
SECONDS = 60
# Text colour against the nearest colour behind it: WCAG 2.2, 1.4.3.
CONTRAST = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgb = text => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
                      return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = colour => { const [r, g, b] = colour.map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126*r + 0.7152*g + 0.0722*b; };
const behind = element => { for (; element; element = element.parentElement) {
    const colour = rgb(getComputedStyle(element).backgroundColor); if (colour[3] == 255) return colour; }
    return [255, 255, 255]; };
return [...document.body.querySelectorAll("*")].filter(element => [...element.childNodes]
    .some(node => node.nodeType == 3 && node.data.trim())).map(element => {
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), element.outerHTML.slice(0, 60)]; });
"""


def _program(*names):
    return next(filter(None, map(shutil.which, names)), None)


def _system():
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            return next((line[3:].strip().strip('"') for line in file if line.startswith("ID=")), "")
    except FileNotFoundError:
        return ""


def need_browser():
    """Skips the test on systems that have no package of Chromium, and for who may not write policies;
    never in CI."""
    if os.geteuid() != 0 and not os.environ.get("CI"):
        pytest.skip("only root may write Chromium's policies")
    programs = [_program("chromium", "chromium-browser"), _program("chromedriver"), _program("certutil"),
                _program("pk12util")]
    if not all(programs):
        if os.environ.get("CI") or _system() in ("debian", "fedora", "alpine"):
            pytest.fail("Chromium, chromedriver or NSS's tools are missing: run make deps DEPS=check")
        pytest.skip("no Chromium on this system")


def _run(*command):
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)


class Browser:
    def __init__(self, pki, cert=None, issuer=None):
        need_browser()
        self._home = tempfile.mkdtemp(prefix="certmap-browser-", dir="/tmp")
        self.policies, self._driver, self._session = [], None, None
        try:
            self._make_store(pki, cert, issuer or pki.issuing)
            self._write_policies()
            self._start()
        except BaseException:
            self.close()
            raise

    def _path(self, *names):
        return os.path.join(self._home, *names)

    def _make_store(self, pki, cert, issuer):
        store = "sql:" + self._path(".pki", "nssdb")
        os.makedirs(self._path(".pki", "nssdb"))
        self._write("root.pem", pki.root.pem)
        _run("certutil", "-N", "-d", store, "--empty-password")
        _run("certutil", "-A", "-d", store, "-n", "root", "-t", "C,,", "-i", self._path("root.pem"))
        if cert:
            self._write("issuers.pem", issuer.pem + pki.root.pem)
            _run("openssl", "pkcs12", "-export", "-in", cert.path, "-certfile", self._path("issuers.pem"),
                 "-out", self._path("client.p12"), "-passout", "pass:secret", "-name", "client")
            _run("pk12util", "-d", store, "-i", self._path("client.p12"), "-W", "secret", "-K", "")

    def _write(self, name, text):
        with open(self._path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _write_policies(self):
        os.makedirs(POLICIES, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", prefix="certmap-test-", suffix=".json", dir=POLICIES,
                                         delete=False) as file:
            self.policies.append(file.name)
            json.dump(POLICY, file)
        os.chmod(file.name, 0o644)

    def _start(self):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "LD_"))}
        with open(self._path("driver.log"), "wb") as log:
            self._driver = subprocess.Popen([_program("chromedriver"), "--port=0"], stdout=log, stderr=log,
                                            env={**environment, "HOME": self._home}, start_new_session=True)
        self._address = f"http://127.0.0.1:{wait_for(self._port, 'start of chromedriver')}"
        options = {"binary": _program("chromium", "chromium-browser"),
                   "args": [*ARGUMENTS, f"--user-data-dir={self._path('profile')}"]}
        answer = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self._session = f"/session/{answer['sessionId']}"

    def _port(self):
        assert self._driver.poll() is None, self._log()
        return self._log().partition("started successfully on port ")[2].partition(".")[0]

    def _log(self):
        with open(self._path("driver.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def _ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data, {"Content-Type": "application/json"},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error

    def _cdp(self, command, **parameters):
        return self._ask("POST", self._session + "/goog/cdp/execute",
                         {"cmd": command, "params": parameters})

    # What tests do with it

    def open(self, url):
        self._ask("POST", self._session + "/url", {"url": url})

    def run(self, script, *arguments):
        return self._ask("POST", self._session + "/execute/sync", {"script": script, "args": arguments})

    def look(self, width=1024, dark=False):
        self._cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1,
                  mobile=False)
        self._cdp("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def accessible(self):
        """(role, name, properties) of all that a screen reader is told of."""
        nodes = self._cdp("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", ""),
                 {each["name"]: each["value"].get("value") for each in node.get("properties", [])})
                for node in nodes if not node["ignored"]]

    def headings(self):
        return [(about["level"], name) for role, name, about in self.accessible() if role == "heading"]

    def complaints(self):
        return [entry["message"] for entry in self._ask("POST", self._session + "/se/log", {"type": "browser"})]

    def screenshot(self, path, above=None):
        height = self.run("const end = arguments[0] && document.querySelector(arguments[0]); return end"
                          " ? end.getBoundingClientRect().top : document.documentElement.scrollHeight", above)
        picture = self._cdp("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "scale": 1, "width": self.run("return innerWidth"), "height": height})
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))

    def processes(self):
        """Those of this profile that still run."""
        mark, found = self._home.encode(), []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    found += [int(name)] if mark in file.read() else []
            except OSError:
                pass
        return found

    def _end(self):
        if self._driver and self._driver.poll() is None:
            self._driver.kill()
            self._driver.wait()
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.processes(), "end of Chromium")

    def close(self):
        try:
            if self._session:
                self._ask("DELETE", self._session)
        finally:
            self._end()
            for path in self.policies:
                os.remove(path)
            shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
