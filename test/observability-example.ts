// What is in examples/observability, for its tests.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const folder = path.join(import.meta.dirname, '../../examples/observability');

export const ruleFiles = ['recording.yml', 'alerts.yml'].map((name) => path.join(folder, 'rules', name));

export const ruleTests = readdirSync(path.join(folder, 'rules/tests')).map((name) =>
  path.join(folder, 'rules/tests', name),
);

/** One file of the folder, of one YAML document; throws if it is none. */
export function yaml(name: string): unknown {
  return parse(readFileSync(path.resolve(folder, name), 'utf8'));
}

export function yamlDocuments(name: string): unknown[] {
  return parseAllDocuments(readFileSync(path.resolve(folder, name), 'utf8')).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as unknown;
  });
}

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export function rules(): Rule[] {
  return ruleFiles.flatMap((file) =>
    (yaml(file) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
  );
}

export interface Target {
  expr: string;
  legendFormat?: string;
  datasource: object;
}

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  collapsed?: boolean;
  datasource?: object;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  panels?: Panel[];
}

export interface Dashboard {
  schemaVersion: number;
  templating: { list: { name: string; type: string; definition?: string }[] };
  panels: Panel[];
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(path.join(folder, 'grafana/baton.json'), 'utf8')) as Dashboard;
}

/** All but the rows' headings, those of collapsed rows included. */
export function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter((panel) => panel.type !== 'row');
}

/** The expression as Grafana would send it, with everything chosen. */
export function substituted(expression: string, job: string): string {
  const values: Record<string, string> = { job, instance: '.+', __rate_interval: '10s', __range: '1m' };
  return expression.replaceAll(/\$\{?(\w+)\}?/g, (variable, name: string) => {
    const value = values[name];
    assert.ok(value !== undefined, `${variable} in ${expression}`);
    return value;
  });
}

/** The series that an expression asks for, each with its labels as it has them. */
export function selectorsOf(expression: string): string[] {
  return expression.match(/(?:\binstance:)?\b(?:baton_\w+|up\b)(?::\w+)?(?:\{[^}]*\})?/g) ?? [];
}
