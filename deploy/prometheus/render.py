#!/usr/bin/python3
"""Writes grafana/dashboard.json and the pages in consoles/ from panels.yaml.

usage: render.py           writes them
       render.py --check   says which are not what it would write; exit status 1 if any

Needs PyYAML (python3-yaml).
"""
import html
import json
import os
import re
import sys

import yaml

HOME = os.path.dirname(os.path.abspath(__file__))
KINDS = {"number": "stat", "lines": "timeseries", "table": "table"}
HEIGHTS = {"number": 4, "lines": 8, "table": 8}
GRAFANA_UNITS = {
    "count": "short",
    "per_minute": "cpm",
    "share": "percentunit",
    "seconds": "s",
    "span": "dtdurations",
    "bytes": "decbytes",
    "bytes_per_second": "Bps",
}
GRAFANA_COLOURS = {"plain": "blue", "good": "green", "warn": "orange", "bad": "red"}
GRAFANA_SPANS = {"$range": "$__range", "$rate": "$__rate_interval"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
VARIABLES = {  # what the reader chooses, and where its values stand
    "instance": ("sallyport_build_info", "instance"),
    "client": ("sallyport_blocked_total", "client_name"),
    "rule": ("sallyport_blocked_total", "rule"),
}
# As they are given to printf on a console page; the first three as quoted strings.
CONSOLE_ARGUMENTS = ["instance", "client", "rule", "range", "rate"]
# A number as it is shown on a console page; $v is it.
CONSOLE_NUMBERS = {
    "count": 'printf "%.0f" $v',
    "share": "humanizePercentage $v",
    "span": 'humanizeDuration $v | reReplaceAll "^(\\\\S+ \\\\S+) .*" "$1"',
}
# What the reader of a console page chose, and the span of a rate that fits to the range.
CONSOLE_CHOICES = """\
{{ $instance := or .Params.instance ".*" }}{{ $client := or .Params.client ".*" }}\
{{ $rule := or .Params.rule ".*" }}{{ $range := "1h" }}{{ $rate := "5m" }}\
{{ if match "^(15m|6h|1d|7d)$" .Params.range }}{{ $range = .Params.range }}{{ end }}\
{{ if eq $range "15m" }}{{ $rate = "1m" }}{{ end }}\
{{ if eq $range "1d" }}{{ $rate = "15m" }}{{ end }}\
{{ if eq $range "7d" }}{{ $rate = "1h" }}{{ end }}"""
GENERATED = "Written by render.py from panels.yaml; edit that."


def load_pages():
    with open(f"{HOME}/panels.yaml", encoding="utf-8") as file:
        return yaml.safe_load(file)["pages"]


def one_line(expression):
    return re.sub(r"\s+", " ", expression).strip()


# Grafana


def grafana_expression(expression):
    for ours, theirs in GRAFANA_SPANS.items():
        expression = expression.replace(ours, theirs)
    return one_line(expression)


def grafana_target(panel, query, number):
    target = {
        "refId": chr(ord("A") + number),
        "datasource": DATASOURCE,
        "expr": grafana_expression(query["expr"]),
        "editorMode": "code",
        "instant": panel["kind"] != "lines",
        "range": panel["kind"] == "lines",
        "format": "table" if panel["kind"] == "table" else "time_series",
    }
    if "legend" in query:
        target["legendFormat"] = re.sub(r"\{(\w+)\}", r"{{\1}}", query["legend"])
    return target


def grafana_number(panel):
    steps = [{"color": GRAFANA_COLOURS[name], "value": at} for name, at in panel["steps"].items()]
    defaults = {
        "color": {"mode": "thresholds"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "auto",
        "textMode": "value",
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "wideLayout": True,
        "showPercentChange": False,
        "percentChangeColorMode": "standard",
    }
    return defaults, options, {}


def grafana_lines(_):
    defaults = {
        "color": {"mode": "palette-classic"},
        "min": 0,
        "custom": {
            "drawStyle": "line",
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "fillOpacity": 10,
            "showPoints": "auto",
            "spanNulls": False,
        },
    }
    options = {
        "legend": {
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": True,
            "calcs": ["lastNotNull", "max"],
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    return defaults, options, {}


def grafana_table(panel):
    defaults = {"custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}}
    options = {
        "showHeader": True,
        "frameIndex": 0,
        "cellHeight": "sm",
        "sortBy": [{"displayName": panel["value"], "desc": True}],
    }
    order = [*panel["columns"], "Value"]
    organize = {
        "excludeByName": {"Time": True, "job": "job" not in panel["columns"]},
        "indexByName": {name: place for place, name in enumerate(order)},
        "renameByName": {"Value": panel["value"]},
    }
    return defaults, options, {"transformations": [{"id": "organize", "options": organize}]}


def grafana_panel(panel, number, place):
    kinds = {"number": grafana_number, "lines": grafana_lines, "table": grafana_table}
    defaults, options, more = kinds[panel["kind"]](panel)
    defaults["unit"] = GRAFANA_UNITS[panel["unit"]]
    return {
        "id": number,
        "type": KINDS[panel["kind"]],
        "title": panel["title"],
        "description": panel.get("about", ""),
        "datasource": DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": options,
        "targets": [grafana_target(panel, each, at) for at, each in enumerate(panel["queries"])],
        **more,
    }


class Grid:
    """Gives each panel its place, from left to right in 24 columns."""

    def __init__(self):
        self._x = self._y = self._row = 0

    def place(self, width, height):
        if self._x + width > 24:
            self._x, self._y, self._row = 0, self._y + self._row, 0
        place = {"x": self._x, "y": self._y, "w": width, "h": height}
        self._x, self._row = self._x + width, max(self._row, height)
        return place


def grafana_panels(pages):
    panels, grid = [], Grid()
    for page in pages:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": page["title"],
                "collapsed": False,
                "gridPos": grid.place(24, 1),
                "panels": [],
            }
        )
        for panel in page["panels"]:
            place = grid.place(panel["width"], HEIGHTS[panel["kind"]])
            panels.append(grafana_panel(panel, len(panels) + 1, place))
    return panels


def grafana_variables():
    chosen = [{"name": "datasource", "type": "datasource", "label": "Prometheus",
               "query": "prometheus", "refresh": 1}]  # fmt: skip
    for name, (metric, label) in VARIABLES.items():
        chosen.append(
            {
                "name": name,
                "type": "query",
                "datasource": DATASOURCE,
                "query": {"query": f"label_values({metric}, {label})", "refId": name},
                "refresh": 2,
                "sort": 1,
                "includeAll": True,
                "allValue": ".*",
                "multi": True,
                "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
            }
        )
    return chosen


def dashboard(pages):
    held = {
        "uid": "sallyport",
        "title": "sallyport",
        "description": f"What the gates block, and how they are. {GENERATED}",
        "tags": ["sallyport"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": grafana_variables()},
        "annotations": {"list": []},
        "panels": grafana_panels(pages),
    }
    return json.dumps(held, indent=1, ensure_ascii=False) + "\n"


# Prometheus's console pages, which are Go templates


def console_query(expression):
    """A pipeline that evaluates to the query's text."""
    text = one_line(expression)
    if "$" not in text:
        return f"`{text}`"
    text = text.replace("%", "%%")
    for number, name in enumerate(CONSOLE_ARGUMENTS, 1):
        if number <= len(VARIABLES):
            text = text.replace(f'"${name}"', f"%[{number}]q")
        else:
            text = text.replace(f"[${name}]", f"[%[{number}]s]")
    assert "$" not in text, text
    return f"printf `{text}` " + " ".join(f"${name}" for name in CONSOLE_ARGUMENTS)


def console_number(panel):
    colour = "none"
    for name, at in panel["steps"].items():
        here = name if at is None else f"{{{{ if ge $v {float(at)} }}}}{name}{{{{ else }}}}"
        colour = here if at is None else here + colour + "{{ end }}"
    shown = f"{{{{ {CONSOLE_NUMBERS[panel['unit']]} }}}}"
    return f"""\
{{{{ with {console_query(panel["queries"][0]["expr"])} | query }}}}{{{{ $v := value (first .) }}}}\
{{{{ if eq $v $v }}}}<p class="value {colour}">{shown}</p>\
{{{{ else }}}}<p class="value none">none</p>{{{{ end }}}}\
{{{{ else }}}}<p class="value none">none</p>{{{{ end }}}}
"""


def console_lines(panel):
    lines = []
    for query in panel["queries"]:
        lines.append(
            f'<i class="query" data-expr="{{{{ {console_query(query["expr"])} }}}}"'
            f' data-legend="{html.escape(query["legend"])}"></i>\n'
        )
    return "".join(lines) + f'<div class="chart" data-unit="{panel["unit"]}"></div>\n'


def console_table(panel):
    """The value stands first where there are many columns: a phone scrolls to the others."""
    cells = [
        (
            f"<th>{name.replace('_', ' ')}</th>",
            f'<td class="{name}">{{{{ label "{name}" . }}}}</td>',
        )
        for name in panel["columns"]
    ]
    shown = f"{{{{ {CONSOLE_NUMBERS[panel['unit']]} }}}}"
    is_wide = len(cells) > 1
    value = (f'<th class="number">{panel["value"]}</th>', f'<td class="number">{shown}</td>')
    cells.insert(0 if is_wide else 1, value)
    titles, row = ("".join(parts) for parts in zip(*cells))
    expression = f"sort_desc({one_line(panel['queries'][0]['expr'])})"
    return f"""\
<div class="wide"><table{' class="many"' if is_wide else ""}>
<thead><tr>{titles}</tr></thead>
<tbody>
{{{{ range {console_query(expression)} | query }}}}{{{{ $v := value . }}}}\
<tr>{row}</tr>
{{{{ else }}}}<tr><td colspan="{len(cells)}">none</td></tr>
{{{{ end }}}}</tbody>
</table></div>
"""


def console_panel(panel):
    kinds = {"number": console_number, "lines": console_lines, "table": console_table}
    about = f'<p class="about">{html.escape(panel["about"])}</p>\n' if "about" in panel else ""
    kind, title = panel["kind"], html.escape(panel["title"])
    return (
        f'<section class="{kind}" data-width="{panel["width"]}">\n<h2>{title}</h2>\n'
        f"{kinds[kind](panel)}{about}</section>\n"
    )


def console(page, pages):
    links = "".join(
        f'<a href="sallyport-{each["name"]}.html?{{{{ template "sallyport.choice" . }}}}"'
        f'{" aria-current=page" if each is page else ""}>{html.escape(each["title"])}</a>\n'
        for each in pages
    )
    words = f'"{html.escape(page["title"])}" "{html.escape(page["about"])}"'
    return f"""\
{{{{/* {GENERATED} */}}}}\
{CONSOLE_CHOICES}\
{{{{ template "sallyport.head" (args {words}) }}}}
<nav>
{links}</nav>
{{{{ template "sallyport.form" . }}}}
<main data-range="{{{{ $range }}}}">
{"".join(console_panel(panel) for panel in page["panels"])}</main>
{{{{ template "sallyport.foot" }}}}
"""


def files():
    """{path below this folder: text}."""
    pages = load_pages()
    made = {"grafana/dashboard.json": dashboard(pages)}
    for page in pages:
        made[f"consoles/sallyport-{page['name']}.html"] = console(page, pages)
    return made


def stale():
    """The paths of those that are not as they would be written, or that nobody writes any more."""
    made, wrong = files(), []
    for path, text in made.items():
        try:
            with open(f"{HOME}/{path}", encoding="utf-8") as file:
                if file.read() == text:
                    continue
        except FileNotFoundError:
            pass
        wrong.append(path)
    held = [f"consoles/{name}" for name in os.listdir(f"{HOME}/consoles")]
    return wrong + [path for path in held if path not in made]


def main(arguments):
    if arguments == ["--check"]:
        wrong = stale()
        for path in wrong:
            print(f"{path} is not what render.py makes of panels.yaml")
        return 1 if wrong else 0
    if arguments:
        print(__doc__.strip())
        return 2
    for path, text in files().items():
        with open(f"{HOME}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
