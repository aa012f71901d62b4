/**
 * Opens the inspector where node's options have it, unless it is open. Where it cannot be, the app goes on without, as it does where
 * node opens it at its start.
 */
export function openInspector(): void {
  try {
    const { open, url } = process.getBuiltinModule('node:inspector');
    if (url() === undefined) open();
  } catch (error) {
    // Such as that of `--permission` without `--allow-inspector`.
    process.emitWarning(error as Error);
  }
}
