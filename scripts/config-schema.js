// Writes the JSON schema of baton.config.json from the table of settings. Build first.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { configSchema } from '../packages/core/dist/config/schema.js';

const file = path.join(import.meta.dirname, '../packages/core/schema/baton.config.schema.json');
const options = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(configSchema()), { ...options, filepath: file }));
