"""The table that "make bench" prints."""

import dataclasses

TITLES = ("what", "plain", "today", "mod_certmap", "to reach", "met")


@dataclasses.dataclass
class Row:
    what: str
    plain: str = ""
    today: str = ""
    certmap: str = ""
    goal: str = ""
    met: "bool | None" = None

    def cells(self):
        met = {None: "", True: "yes", False: "NO"}[self.met]
        return self.what, self.plain, self.today, self.certmap, self.goal, met


def thousands(instructions):
    return f"{instructions / 1000:.1f} k"


def more(instructions):
    return f"{instructions / 1000:+.1f} k"


def millions(instructions):
    return f"{instructions / 1e6:.2f} M"


def percent(part, whole):
    return f"{100 * part / whole:+.2f} %"


def render(rows):
    lines = [TITLES, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    text = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |"
            for line in lines]
    text.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(text)
