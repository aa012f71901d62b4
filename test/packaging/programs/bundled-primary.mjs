// An app that makes a primary, for a bundler.
import { Primary } from '@baton/core';

export const primary = new Primary({ app: process.argv[1] });
