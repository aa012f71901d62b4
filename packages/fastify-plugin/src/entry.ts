// What the package gives: all of index.ts, and for `require()` what is exported as 'module.exports':
// https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require
// TypeScript before 5.6 cannot read such a name, so that its types are those of index.ts.
export * from './index.js';
export { baton as default, baton as 'module.exports' } from './plugin.js';
