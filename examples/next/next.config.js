/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  // Where several lock files are above the app, Next has to be told which directory is the project's.
  outputFileTracingRoot: import.meta.dirname,
};
