const fileOption = /^--env-file(-if-exists)?(?:=(.*))?$/s;
const preloadOption = /^(-r|--require|--import)(?:=(.*))?$/s;

/**
 * The files from which workers with these options of node have a part of their environment, as they are named there: those of
 * `--env-file`, and that of a preload of dotenv.
 */
export function environmentFiles(execArgv: readonly string[], env: Readonly<NodeJS.ProcessEnv>): string[] {
  const valuesOf = (option: RegExp): string[] =>
    execArgv.flatMap((argument, index) => {
      const found = option.exec(argument);
      return found === null ? [] : (found[2] ?? execArgv[index + 1] ?? []);
    });
  const hasDotenv = valuesOf(preloadOption).some((module) => /(^|\/)dotenv\/config(\.js)?$/.test(module));
  return [...valuesOf(fileOption), ...(hasDotenv ? [env['DOTENV_CONFIG_PATH'] || '.env'] : [])];
}
