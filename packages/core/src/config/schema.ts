import type { JsonSchema } from './kinds.js';
import { settingKeys, settings } from './settings.js';

/** The JSON schema of `baton.config.json`, for editors. The loader alone checks ranges of what is written with a unit. */
export function configSchema(): JsonSchema {
  const properties = settingKeys.map((key) => {
    const { help, default: fallback, kind } = settings[key];
    const description = `${help[0]?.toUpperCase()}${help.slice(1)}. Default: ${fallback}.`;
    return [key, { description, ...kind.schema }];
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of Baton',
    type: 'object',
    additionalProperties: false,
    properties: { $schema: { type: 'string' }, ...Object.fromEntries(properties) },
  };
}
