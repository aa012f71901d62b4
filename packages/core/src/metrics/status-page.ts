import { readFileSync } from 'node:fs';

/** The live status page: one file, which asks for nothing but `/status`. */
export const statusPage = readFileSync(new URL('../../assets/status.html', import.meta.url), 'utf8');
