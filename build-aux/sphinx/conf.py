"""Sphinx's configuration for "make docs": the documents as they are, as HTML, by the packages
python3-sphinx, python3-myst-parser and furo of Debian 12 and 13. README.md is the first page."""

import os
import re

import furo
import pygments.lexers
import pygments.util

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INDEX, TASKS = "docs/README", "docs/tasks/README"

project = html_title = "mod_certmap"
language = "en"
root_doc = "README"
include_patterns = ["*.md", "docs/*.md", "docs/*/*.md"]
source_suffix = {".md": "markdown"}
extensions = ["myst_parser"]
myst_heading_anchors = 4
smartquotes = False
highlight_language = "text"
html_theme = "furo"
pygments_style, pygments_dark_style = "default", "github-dark"  # all colours can be read: tests/integration/test_site.py
html_copy_source = html_show_sphinx = html_show_copyright = False

# What is printed is told apart from what is typed.
ANSWERS = "div.highlight-text { border-left: .2rem solid var(--color-foreground-border); }\n"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def linked(page):
    """The documents to which one leads, in its order, as Sphinx names them."""
    found = re.findall(r"\]\(([\w./-]+)\.md[)#]", read(os.path.join(TREE, page + ".md")))
    return list(dict.fromkeys(os.path.normpath(os.path.join(os.path.dirname(page), each)) for each in found))


def contents(page):
    """What stands under a page in the sidebar."""
    tasks = linked(TASKS)
    if page == TASKS:
        return [each for each in tasks if each.startswith("docs/tasks/")]
    others = [each for each in (*linked(INDEX), *linked(root_doc)) if each not in (INDEX, TASKS, root_doc)]
    return [INDEX, TASKS, *dict.fromkeys(each for each in others if not each.startswith("docs/tasks/"))]


def change(_app, page, source):
    """Adds the sidebar; a link to a folder, which git hosts show and a site does not, is its name only."""
    source[0] = re.sub(r"\[([^]\[]*)\]\([\w./-]+/\)", r"\1", source[0])
    if page in (root_doc, TASKS):
        pages = "\n".join("/" + each for each in contents(page))
        source[0] += f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n"


def know_languages(app):
    """Those of our blocks for which Pygments has no colours are plain."""
    for folder, _, names in os.walk(os.path.join(TREE, "docs")):
        for name in names:
            if name.endswith(".md"):
                for word in set(re.findall(r"^ *```(\w+)$", read(os.path.join(folder, name)), re.M)):
                    try:
                        pygments.lexers.get_lexer_by_name(word)
                    except pygments.util.ClassNotFound:
                        app.add_lexer(word, pygments.lexers.TextLexer)


def mend_theme(app):
    """Debian's furo has lost what its source says of browsers that prefer dark; Debian 12's also asks a web server
    of Debian for normalize.css. What is in a layer yields to the theme's own lines."""
    theme = read(os.path.join(os.path.dirname(furo.__file__), "theme", "furo", "static", "styles", "furo.css"))
    mended = ""
    if imported := re.search(r"@import url\((/javascript/[^)]*)\)", theme):
        mended += f"@layer {{\n{read('/usr/share' + imported[1])}}}\n"
    if dark := re.search(r'body\[data-theme="dark"\] (\{[^}]*\})', theme):
        mended += f'@media screen and (prefers-color-scheme: dark) {{\nbody:not([data-theme="light"]) {dark[1]}\n}}\n'
    mended += ANSWERS
    os.makedirs(os.path.join(app.outdir, "_static"), exist_ok=True)
    with open(os.path.join(app.outdir, "_static", "mended.css"), "w", encoding="utf-8") as file:
        file.write(mended)
    app.add_css_file("mended.css")


def setup(app):
    know_languages(app)
    app.connect("builder-inited", mend_theme)
    app.connect("source-read", change)
