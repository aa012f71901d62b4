// The heaps that pages give workers fit into the memory that they give all of them, by the rule of the page on sizing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { fileOf } from '../docs/page.js';
import { root } from '../harness.js';

interface Limits {
  /** Baton makes a worker for each. */
  cpus: number;
  memory: string;
  nodeOptions: string;
}

interface Compose {
  services: { app: { environment: { NODE_OPTIONS: string }; cpus: number; mem_limit: string } };
}

interface Deployment {
  spec: {
    template: {
      spec: {
        containers: {
          env: { name: string; value: string }[];
          resources: { limits: { cpu: string; memory: string } };
        }[];
      };
    };
  };
}

const limits: Record<string, () => Limits> = {
  'docs/recipes/docker.md': () => {
    const {
      environment,
      cpus,
      mem_limit: memory,
    } = (parse(fileOf('docs/recipes/docker.md', 'compose.yml')) as Compose).services.app;
    return { cpus, memory, nodeOptions: environment.NODE_OPTIONS };
  },
  'docs/recipes/kubernetes.md': () => {
    const [first] = parseAllDocuments(fileOf('docs/recipes/kubernetes.md', 'deployment.yaml'));
    const [container] = (first!.toJS() as Deployment).spec.template.spec.containers;
    const { cpu, memory } = container!.resources.limits;
    const nodeOptions = container!.env.find(({ name }) => name === 'NODE_OPTIONS')!.value;
    return { cpus: Number(cpu), memory, nodeOptions };
  },
};

const sizing = readFileSync(path.join(root, 'docs/sizing.md'), 'utf8').replaceAll(/\s+/g, ' ');
const [, primaryMegabytes, more] =
  /`--max-old-space-size` to about \(limit − (\d+) MB\) ÷ \(workers \+ (\d+)\)/.exec(sizing) ?? [];

for (const [page, limitsOf] of Object.entries(limits))
  test(`${page}: the heaps fit, also at a reload`, () => {
    const { cpus, memory, nodeOptions } = limitsOf();
    const [, gigabytes] = /^(\d+)(?:g|Gi)$/.exec(memory) ?? [];
    const [, heap] = /^--max-old-space-size=(\d+)$/.exec(nodeOptions) ?? [];
    const room = Number(gigabytes) * 1_024 - Number(primaryMegabytes);
    const most = room / (cpus + Number(more));
    assert.ok(Number(heap) <= most, `${heap} MB, and there is room for ${most}`);
    // Nor does it leave much unused.
    assert.ok(Number(heap) > most * 0.9, `${heap} MB, and there is room for ${most}`);
    const text = readFileSync(path.join(root, page), 'utf8');
    assert.ok(text.includes(`÷ (${cpus} + ${more}) = ${Math.floor(most)}`), 'the page says so');
  });
