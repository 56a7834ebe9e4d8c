// The pages' style sheet. Text has a contrast of at least 4.5:1 (WCAG 2.2 AA) in both schemes.
// Where there is little room, the first cell of a table's row has a line of its own.
//
// * section.banner with .good, .warn, .bad or .info: the outcome, with the <h1>
// * p.note: less important text
// * details.sheet: a section that is folded
// * dl.facts, each <dt> and <dd> in a <div>: side by side where there is room
// * strong.good, .warn, .bad: a word that says how it is
// * pre.copy: a block that one click selects
// * td.number: a column of numbers; .zero: nothing to look at
#pragma once

#include <string_view>

namespace certmap {

inline constexpr std::string_view kPageStyle = R"css(
:root {
  color-scheme: light dark;
  --back: #f5f6f8; --sheet: #fff; --text: #1c2127; --quiet: #56606b; --line: #d9dee4; --focus: #0b57d0;
  --good: #0f5c2b; --good-back: #e5f4ea; --good-line: #2c8a4d;
  --warn: #664200; --warn-back: #fff3d1; --warn-line: #b47c00;
  --bad: #8c1420; --bad-back: #fdebec; --bad-line: #cc3340;
  --info: #123f7a; --info-back: #e8f0fc; --info-line: #3b74c4;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #101418; --sheet: #181d23; --text: #e5e8ec; --quiet: #a0abb6; --line: #323a43; --focus: #8ab4f8;
    --good: #a5e8bb; --good-back: #12291b; --good-line: #3d9b5e;
    --warn: #f6d488; --warn-back: #2c2410; --warn-line: #a67c1a;
    --bad: #ffbfc4; --bad-back: #331619; --bad-line: #d0515c;
    --info: #b7d2fb; --info-back: #14233a; --info-line: #4a7fc9;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--back); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  text-size-adjust: 100%; -webkit-text-size-adjust: 100%;
}
main { max-width: 46rem; margin: 0 auto; padding: clamp(1rem, 4vw, 2.5rem) clamp(1rem, 4vw, 2rem) 3rem; }
h1, h2, h3 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.35rem, 1.1rem + 1.6vw, 1.75rem); font-weight: 650; }
h2 { font-size: 1.125rem; font-weight: 650; margin-bottom: .75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p, ul { margin: .5rem 0; }
ul { padding-inline-start: 1.25rem; }
h1, h2, h3, p, li, dt, dd, th, td { overflow-wrap: anywhere; }
a { color: var(--focus); }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
code, pre { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875em; }
section, .sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem clamp(1rem, 4vw, 1.5rem); margin: 0 0 1rem; }
li + li { margin-top: .35rem; }
section > :first-child { margin-top: 0; }
section > :last-child { margin-bottom: 0; }
.note { color: var(--quiet); font-size: .9375rem; }
.banner { border-inline-start-width: 6px; display: grid; grid-template-columns: auto 1fr; column-gap: 1rem; }
.banner > * { grid-column: 2; }
.banner > svg { grid-column: 1; grid-row: 1; width: 1.75rem; height: 1.75rem; margin-top: .15rem; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.banner:not(:has(> svg)) { display: block; }
.banner h2 { margin: 0; }
.banner h2 + p { margin-top: .25rem; }
.banner:has(h2) > svg { margin-top: -.1rem; }
.banner.good { background: var(--good-back); border-color: var(--good-line); }
.banner.warn { background: var(--warn-back); border-color: var(--warn-line); }
.banner.bad { background: var(--bad-back); border-color: var(--bad-line); }
.banner.info { background: var(--info-back); border-color: var(--info-line); }
.good h1, .good > svg, strong.good { color: var(--good); }
.warn h1, .warn h2, .warn > svg, strong.warn { color: var(--warn); }
.bad h1, .bad > svg, strong.bad { color: var(--bad); }
.info h1, .info > svg { color: var(--info); }
.facts { display: grid; grid-template-columns: 11rem 1fr; gap: 0 1.25rem; margin: 0; }
.facts > div { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; padding: .5rem 0; border-top: 1px solid var(--line); }
.facts > div:first-child { border-top: 0; padding-top: 0; }
.facts > div:last-child { padding-bottom: 0; }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; min-width: 0; }
.facts ul { list-style: none; margin: 0; padding: 0; }
.facts li { margin: 0; }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: start; vertical-align: top; padding: .5rem .75rem; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 0; }
th:first-child { padding-inline-start: 0; }
th:last-child, td:last-child { padding-inline-end: 0; }
tbody th { font-weight: 400; }
.number { white-space: nowrap; text-align: end; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
td.number { font-weight: 600; }
.zero, td.zero { color: var(--quiet); font-weight: 400; }
details > summary { cursor: pointer; color: var(--focus); padding: .125rem 0; }
.sheet > summary { margin: -1.25rem clamp(-1.5rem, -4vw, -1rem); padding: 1rem clamp(1rem, 4vw, 1.5rem); }
.sheet[open] > summary { margin-bottom: 0; }
pre.copy { margin: .75rem 0 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--back); white-space: pre-wrap; overflow-wrap: anywhere; -webkit-user-select: all; user-select: all; }
@media (max-width: 34rem) {
  .facts, .facts > div { display: block; }
  .facts dd { margin-top: .125rem; }
  .banner { column-gap: .75rem; }
  table, thead, tbody { display: block; }
  table { font-size: .875rem; }
  thead { font-size: .8125rem; }
  tr { display: flex; flex-wrap: wrap; column-gap: .75rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; padding-bottom: 0; }
  tr > * { flex: 1 1 0; padding: 0; border: 0; }
  tr > :first-child { flex: 0 0 100%; }
}
@media (forced-colors: active) { .banner { border: 2px solid; } }
@media print { body, section, .sheet, .banner { background: #fff; color: #000; } }
)css";

}  // namespace certmap
