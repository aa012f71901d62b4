#!/bin/sh
# Builds Baton and starts an example with it, as `npm start` does in the example's folder: `pnpm start [name]`. This process becomes
# the last command of the example's start: signals, the terminal and the exit code are Baton's.
set -eu
name=${1:-fastify}
cd "$(dirname "$0")/.."
if ! [ -f "examples/$name/package.json" ]; then
  echo "There is no example '$name'. There are: $(cd examples && echo */package.json | sed 's|/package\.json||g')." >&2
  exit 1
fi
tsc -b
node scripts/build-native.js
cd "examples/$name"
# Those that are not in the workspace are installed when they are first started.
if ! [ -e node_modules/@baton/core ]; then
  npm install --no-save --no-package-lock --no-audit --no-fund ../../packages/core
fi
PATH=$PWD/node_modules/.bin:$PATH
exec sh -c "$(node -p 'require("./package.json").scripts.start.replace(/^(.*&& )?/, "$1exec ")')"
