export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  telemetry: false,
  routeRules: { '/news': { swr: 3600 } },
  nitro: {
    // What is cached is for all workers: without this, each has a cache of its own in its memory.
    storage: { cache: { driver: 'fs', base: '.cache/nitro' } },
  },
});
