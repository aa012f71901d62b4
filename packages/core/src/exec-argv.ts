/** Options that say what node runs, not how: a worker with them would run that instead of the app, and start workers. */
const programOptions =
  /^(-[epci]|-pe|--(eval|print|check|interactive|input-type|run|test|watch)(-[a-z-]+)?)(=.*)?$/;
const withValue = /^(-e|-p|-pe|--eval|--print|--input-type|--run|--watch-path)$/;

/** Options of node for workers, from those of this process. */
export function withoutProgram(execArgv: readonly string[]): string[] {
  return execArgv.filter((argument, index) => {
    const before = execArgv[index - 1] ?? '';
    // Here are options and their values only.
    const isValue = withValue.test(before) || (!argument.startsWith('-') && programOptions.test(before));
    return !isValue && !programOptions.test(argument);
  });
}
