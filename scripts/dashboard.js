// Writes the Grafana dashboard of examples/observability from its source.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { dashboard } from '../examples/observability/dashboard/index.js';

const file = path.join(import.meta.dirname, '../examples/observability/grafana/baton.json');
const options = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(dashboard), { ...options, filepath: file }));
