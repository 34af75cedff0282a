"""Whether a dashboard is what Grafana's schema package says, by the TypeScript compiler."""
import json
import os
import subprocess

# The package says of a panel's options and fields only that they are some; each kind of panel has
# types of its own in it. Enumerations stand in JSON as their values. A Prometheus query is typed by
# Grafana's data source, which is not in the package: those are the fields that it reads.
_TYPES = """
import type { Dashboard, DataQuery, DataTransformerConfig, FieldConfig, Panel, RowPanel }
  from '@grafana/schema';
import type * as stat from
  '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from
  '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from
  '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

type Wire<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Wire<T[K]> } : T;
interface PrometheusQuery extends DataQuery {
  expr: string;
  editorMode?: 'code' | 'builder';
  format?: 'time_series' | 'table' | 'heatmap';
  instant?: boolean;
  range?: boolean;
  legendFormat?: string;
}
interface Organize extends DataTransformerConfig {
  id: 'organize';
  options: {
    excludeByName: Record<string, boolean>;
    indexByName: Record<string, number>;
    renameByName: Record<string, string>;
  };
}
interface Typed<Kind, Options, Custom>
  extends Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets' | 'transformations'> {
  type: Kind;
  options: Options;
  fieldConfig: { defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom }; overrides: [] };
  targets: PrometheusQuery[];
  transformations?: Organize[];
}
type stat_panel = Wire<Typed<'stat', stat.Options, {}>>;
type timeseries_panel = Wire<Typed<'timeseries', timeseries.Options, timeseries.FieldConfig>>;
type table_panel = Wire<Typed<'table', table.Options, table.FieldConfig>>;
type row_panel = Wire<RowPanel>;
type dashboard = Wire<Omit<Dashboard, 'panels'>>;
"""
_OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--target", "es2022",
            "--moduleResolution", "bundler"]  # fmt: skip


def _source(dashboard):
    """The dashboard as constants, each of the type that it must have."""
    whole = {key: value for key, value in dashboard.items() if key != "panels"}
    panels = [(f"{each['type']}_panel", each) for each in dashboard["panels"]]
    return _TYPES + "".join(
        f"export const held{number}: {kind} = {json.dumps(value)};\n"
        for number, (kind, value) in enumerate([("dashboard", whole), *panels])
    )


def complaints(lab, *dashboards):
    """What the compiler says of each dashboard, a list of errors; none where it is valid."""
    assert lab.node_modules, "the npm packages could not be fetched"
    folder = lab.make_folder("schema")
    os.symlink(f"{lab.node_modules}/node_modules", f"{folder}/node_modules")
    names = [f"dashboard{number}.ts" for number in range(len(dashboards))]
    for name, dashboard in zip(names, dashboards):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(_source(dashboard))
    ran = subprocess.run(
        ["/usr/bin/node", "node_modules/typescript/bin/tsc", *_OPTIONS, *names],
        cwd=folder,
        env=lab.client_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    errors = [line for line in ran.stdout.splitlines() if ": error TS" in line]
    found = [[line for line in errors if line.startswith(name)] for name in names]
    is_valid = not any(found)
    assert is_valid == (ran.returncode == 0) and len(errors) == sum(map(len, found)), ran
    return found
