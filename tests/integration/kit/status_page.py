"""The operator's page, read as a program reads it.

    PLAIN        a place for it in the test server's virtual host without TLS: no request for it is counted
    counts = Counts(httpd)                   what it says now
    counts("decisions_total", reason="mapped")     the sum of all samples that have these labels
    counts.since(earlier)                    the same, less what an earlier one said
    wait_for_requests(httpd, number)         until so many requests were counted, since they are at their end
"""

import re

from watch import wait_for

PLAIN = '<Location "/status">\n    SetHandler certmap-status\n    Require local\n</Location>'
SAMPLE = re.compile(r"certmap_(\w+)(?:\{(.*)\})? ([0-9.e+-]+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)')


class Counts:
    def __init__(self, httpd=None, samples=None):
        if httpd:
            response = httpd.get_plain("/status?metrics")
            assert response.status == 200, response
            samples = dict(map(parse, (line for line in response.text.splitlines() if line[0] != "#")))
        self.samples = samples

    def __call__(self, name, **labels):
        found = [value for (its_name, its_labels), value in self.samples.items()
                 if its_name == name and labels.items() <= dict(its_labels).items()]
        assert found, f"there is no {name} {labels}"
        return round(sum(found), 6)

    def values(self, name, label, **labels):
        """By the value of one label; zeros are left out."""
        values = {dict(each)[label] for its_name, each in self.samples if its_name == name}
        return {value: count for value in values if (count := self(name, **{label: value}, **labels))}

    def since(self, earlier):
        return Counts(samples={key: value - earlier.samples.get(key, 0) for key, value in self.samples.items()})


def parse(line):
    name, labels, value = SAMPLE.fullmatch(line).groups()
    return (name, tuple(LABEL.findall(labels or ""))), float(value)


def wait_for_requests(httpd, number):
    """httpd counts a request when its answer is on its way already."""
    wait_for(lambda: Counts(httpd)("decisions_total") >= number, f"{number} requests that were counted")
    return Counts(httpd)
