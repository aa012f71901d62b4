/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // The cache in .next/ is for all workers. Beside it, each worker would have one of its own in its memory.
  cacheMaxMemorySize: 0,
  // Next would take the topmost directory with a lock file for the project.
  outputFileTracingRoot: import.meta.dirname,
};
