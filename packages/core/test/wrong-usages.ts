// What people get wrong on the command line, in the environment, in the configuration file and in code, and what they are told.

/** What the first line of a message says. */
export interface Expected {
  what: RegExp;
  where: RegExp;
  remedy: RegExp;
}

export interface WrongCommandLine extends Expected {
  args: readonly string[];
  files?: Readonly<Record<string, string>>;
  env?: NodeJS.ProcessEnv;
}

const withApp = { 'app.js': '' };

export const commandLines: WrongCommandLine[] = [
  // Options.
  {
    args: ['--wokers', '2', 'app.js'],
    what: /Unknown option '--wokers'/,
    where: /baton --help/,
    remedy: /Did you mean --workers\?/,
  },
  {
    args: ['--port=5', 'app.js'],
    what: /Unknown option '--port'/,
    where: /baton/,
    remedy: /baton app\.js -- --port=5/,
  },
  {
    args: ['app.js', '--port', '5'],
    what: /Unknown option '--port'/,
    where: /after the app app\.js/,
    remedy: /baton app\.js -- --port/,
  },
  { args: ['app.js', '--expose-gc'], what: /'--expose-gc'/, where: /after the app/, remedy: /after --/ },
  { args: ['-x', 'app.js'], what: /Unknown option '-x'/, where: /baton/, remedy: /baton --help/ },
  {
    args: ['--workers'],
    what: /'-w, --workers <n\|max>' argument missing/,
    where: /Option/,
    remedy: /baton --help/,
  },
  {
    args: ['--workers', '0', 'app.js'],
    what: /it is "0"/,
    where: /--workers/,
    remedy: /a whole number from 1 to 1024, or "max"/,
  },
  {
    args: ['--workers', 'many', 'app.js'],
    what: /it is "many"/,
    where: /--workers/,
    remedy: /a whole number from 1 to 1024/,
  },
  {
    args: ['--policy', 'random', 'app.js'],
    what: /it is "random"/,
    where: /--policy/,
    remedy: /one of least-loaded, round-robin, sticky/,
  },
  {
    args: ['--handoff', 'tcp', 'app.js'],
    what: /it is "tcp"/,
    where: /--handoff/,
    remedy: /one of connections, listeners/,
  },
  {
    args: ['--stall-after', '5x', 'app.js'],
    what: /it is "5x"/,
    where: /--stall-after/,
    remedy: /a time such as 500ms/,
  },
  {
    args: ['--stop-timeout', '30d', 'app.js'],
    what: /it is "30d"/,
    where: /--stop-timeout/,
    remedy: /a time such as 500ms/,
  },
  {
    args: ['--max-memory', '1T', 'app.js'],
    what: /it is "1T"/,
    where: /--max-memory/,
    remedy: /a size such as 512M/,
  },
  { args: ['--max-age', '10ms', 'app.js'], what: /it is 10/, where: /--max-age/, remedy: /at least 1000 ms/ },
  {
    args: ['--metrics', 'here', 'app.js'],
    what: /it is "here"/,
    where: /--metrics/,
    remedy: /a port, or host:port/,
  },
  {
    args: ['--name', 'a/b', 'app.js'],
    what: /it is "a\/b"/,
    where: /--name/,
    remedy: /1 to 64 of the characters/,
  },
  {
    args: ['--stop-signal', 'KILL', 'app.js'],
    what: /it is "KILL"/,
    where: /--stop-signal/,
    remedy: /one of SIGTERM/,
  },
  {
    args: ['--stop-delay', '10s', 'app.js'],
    files: withApp,
    what: /it is 10000/,
    where: /stopDelayMs/,
    remedy: /less than stopTimeoutMs, which is 10000/,
  },
  {
    args: ['--policy', 'sticky', '--handoff', 'listeners', 'app.js'],
    files: withApp,
    what: /it is "sticky"/,
    where: /The option policy .*option handoff is "listeners"/,
    remedy: /must be least-loaded or round-robin .* or handoff must be "connections"/,
  },
  {
    args: ['--policy', 'sticky', 'app.js'],
    env: { BATON_HANDOFF: 'listeners' },
    files: withApp,
    what: /it is "sticky"/,
    where: /option policy/,
    remedy: /handoff must be "connections"/,
  },
  {
    args: ['--node-args', '--test', 'app.js'],
    what: /it is "--test"/,
    where: /--node-args/,
    remedy: /node options that do not choose what node runs/,
  },
  {
    args: ['--test', 'app.js'],
    what: /'--test' tells node what to run/,
    where: /baton/,
    remedy: /leave it out/,
  },
  {
    args: ['--conditions', 'production', 'app.js'],
    what: /--conditions requires an argument/,
    where: /baton/,
    remedy: /give its value after =/,
  },
  {
    args: ['--watch', '--watch-path', 'srcc', 'app.js'],
    files: withApp,
    what: /it is "srcc"/,
    where: /--watch-path.* relative to \//,
    remedy: /files and directories that exist/,
  },
  {
    args: ['--cwd', 'none', 'app.js'],
    what: /directory .* does not exist/,
    where: /\/none/,
    remedy: /choose another directory with --cwd/,
  },
  {
    args: ['--cwd', 'app.js', 'app.js'],
    files: withApp,
    what: /directory .* does not exist/,
    where: /\/app\.js/,
    remedy: /--cwd/,
  },
  { args: ['--config', '', 'app.js'], what: /it is ""/, where: /--config/, remedy: /the path of a file/ },
  {
    args: ['--config', 'none.json', 'app.js'],
    what: /none\.json does not exist/,
    where: /configuration file/,
    remedy: /Correct the path in --config/,
  },
  {
    args: ['--config', 'app.yaml', 'app.js'],
    files: { 'app.yaml': '' },
    what: /app\.yaml must end/,
    where: /configuration file/,
    remedy: /in \.js, \.mjs, \.cjs, \.ts, \.mts, \.cts or \.json/,
  },
  // The app, and commands.
  {
    args: [],
    what: /no app to run/,
    where: /baton\.config\.js/,
    remedy: /Give its file, as in "baton app\.js"/,
  },
  {
    args: ['none.js'],
    what: /no app "none\.js"/,
    where: /in \//,
    remedy: /Give the path of the app's main file/,
  },
  { args: ['relod'], what: /no app "relod"/, where: /in \//, remedy: /Did you mean the command reload\?/ },
  {
    args: ['relod', '--watch'],
    what: /no app "relod"/,
    where: /in \//,
    remedy: /Did you mean the command reload\?/,
  },
  {
    args: ['stauts', '--json'],
    what: /Unknown option '--json'/,
    where: /after the app stauts/,
    remedy: /Did you mean the command status\?/,
  },
  {
    args: ['help', 'relod'],
    what: /no command relod/,
    where: /baton --help/,
    remedy: /Did you mean reload\?/,
  },
  {
    args: ['-w', '2', 'config'],
    what: /--workers/,
    where: /after the command/,
    remedy: /baton config --workers/,
  },
  {
    args: ['--inspect', 'config'],
    what: /--inspect/,
    where: /after the command/,
    remedy: /baton config --inspect/,
  },
  {
    args: ['status', '--jsn'],
    what: /Unknown option '--jsn'/,
    where: /baton status --help/,
    remedy: /Did you mean --json\?/,
  },
  {
    args: ['status', 'shop'],
    what: /Too many arguments/,
    where: /for 'status'/,
    remedy: /Expected 0 arguments/,
  },
  {
    args: ['status', '--name'],
    what: /'--name <name>' argument missing/,
    where: /baton status/,
    remedy: /--help/,
  },
  {
    args: ['status', '--name', 'a/b'],
    what: /it is "a\/b"/,
    where: /name/,
    remedy: /1 to 64 of the characters/,
  },
  {
    args: ['status', '--name', 'none'],
    what: /No primary has the name "none"/,
    where: /for this user/,
    remedy: /Start one/,
  },
  {
    args: ['reload', '--name', 'none'],
    what: /No primary has the name "none"/,
    where: /for this user/,
    remedy: /Start one/,
  },
  { args: ['stop', '--now'], what: /Unknown option '--now'/, where: /baton stop/, remedy: /--help/ },
  { args: ['scale'], what: /Missing required argument/, where: /'n\|\+k\|-k'/, remedy: /baton scale --help/ },
  {
    args: ['scale', 'two'],
    what: /'two' is invalid/,
    where: /argument 'n\|\+k\|-k'/,
    remedy: /a number of workers, such as 4, or a change, such as \+1 or -1/,
  },
  {
    args: ['scale', '2', '3'],
    what: /Too many arguments/,
    where: /for 'scale'/,
    remedy: /Expected 1 argument/,
  },
  { args: ['top'], what: /stdin is not one/, where: /command top/, remedy: /Use baton status/ },
  // Variables, where a process is needed to have them.
  {
    args: ['config'],
    env: { BATON_WORKRS: '2' },
    what: /BATON_WORKRS/,
    where: /in the environment/,
    remedy: /Did you mean BATON_WORKERS\?/,
  },
  {
    args: ['config'],
    env: { WEB_CONCURRENCY: 'two' },
    what: /it is "two"/,
    where: /WEB_CONCURRENCY/,
    remedy: /a whole number from 1/,
  },
];

/** A configuration file, with what stands in it; read in this process. */
export const configurations: [name: string, content: string, Expected][] = [
  [
    'baton.config.json',
    '{"wokers": 2}',
    { what: /"wokers"/, where: /in baton\.config\.json/, remedy: /Did you mean workers\?/ },
  ],
  [
    'baton.config.json',
    '{"toString": 2}',
    { what: /"toString"/, where: /in baton\.config\.json/, remedy: /Known: app, args/ },
  ],
  [
    'baton.config.json',
    '{"workers": "4"}',
    { what: /it is "4"/, where: /workers in baton/, remedy: /a whole number/ },
  ],
  [
    'baton.config.json',
    '{"workers": null}',
    { what: /it is null/, where: /workers in baton/, remedy: /a whole number/ },
  ],
  [
    'baton.config.json',
    '{"policy": "random"}',
    { what: /it is "random"/, where: /policy in baton/, remedy: /one of least-loaded/ },
  ],
  [
    'baton.config.json',
    '{"drainTimeoutMs": "soon"}',
    { what: /it is "soon"/, where: /drainTimeoutMs in baton/, remedy: /a time such as/ },
  ],
  [
    'baton.config.json',
    '{"maxMemoryBytes": -1}',
    { what: /it is -1/, where: /maxMemoryBytes in baton/, remedy: /a whole number from 1/ },
  ],
  [
    'baton.config.json',
    '{"metrics": {"prot": 1}}',
    { what: /prot: 1/, where: /metrics in baton/, remedy: /host and port/ },
  ],
  [
    'baton.config.json',
    '{"import": "x.mjs"}',
    { what: /it is "x\.mjs"/, where: /import in baton/, remedy: /an array of strings/ },
  ],
  [
    'baton.config.json',
    '{"watch": "yes"}',
    { what: /it is "yes"/, where: /watch in baton/, remedy: /true or false/ },
  ],
  [
    'baton.config.json',
    '{"watchPaths": ["none"]}',
    { what: /it is "none"/, where: /watchPaths in baton\.config\.json/, remedy: /that exist/ },
  ],
  [
    'baton.config.json',
    '{"name": ".x"}',
    { what: /it is "\.x"/, where: /name in baton/, remedy: /not beginning with a dot/ },
  ],
  [
    'baton.config.json',
    '{"app": ""}',
    { what: /it is ""/, where: /app in baton/, remedy: /the path of a file/ },
  ],
  [
    'baton.config.json',
    '{\n  workers: 2\n}',
    { what: /is not valid JSON/, where: /file baton\.config\.json/, remedy: /Correct it there/ },
  ],
  [
    'baton.config.json',
    '[]',
    { what: /must give an object/, where: /baton\.config\.json/, remedy: /such as \{ "app"/ },
  ],
  [
    'baton.config.mjs',
    'export const workers = 2;',
    { what: /must give an object/, where: /\.mjs/, remedy: /such as/ },
  ],
  [
    'baton.config.mjs',
    'export default { workers() {} };',
    { what: /plain values, not/, where: /\.mjs/, remedy: /must export/ },
  ],
  [
    'baton.config.mjs',
    'process.exit(2);',
    { what: /ended with code 2/, where: /\.mjs/, remedy: /must export them as its default/ },
  ],
];

/** Options of a primary in code. */
export const inCode: [options: unknown, Expected][] = [
  [undefined, { what: /it is undefined/, where: /new Primary\(\)/, remedy: /as in \{ app: 'app\.js' \}/ }],
  [{}, { what: /it is undefined/, where: /option app/, remedy: /the path of a file/ }],
  [
    { app: 'app.js', worker: 2 },
    { what: /no option "worker"/, where: /option/, remedy: /Did you mean workers\?/ },
  ],
  [
    { app: 'app.js', x: 2 },
    { what: /no option "x"/, where: /option/, remedy: /Known: app, cwd/ },
  ],
  [
    { app: 'app.js', workers: '4' },
    { what: /it is "4"/, where: /option workers/, remedy: /a whole number/ },
  ],
  [
    { app: 'app.js', policy: 'sticky', handoff: 'listeners' },
    {
      what: /it is "sticky"/,
      where: /option policy .*option handoff/,
      remedy: /handoff must be "connections"/,
    },
  ],
  [
    { app: 'app.js', stallAfterMs: '20' },
    { what: /it is "20"/, where: /stallAfterMs/, remedy: /a number of milliseconds/ },
  ],
  [
    { app: 'app.js', metrics: 9464 },
    { what: /it is 9464/, where: /option metrics/, remedy: /an object of host and port/ },
  ],
  [
    { app: 'app.js', metrics: { port: -1 } },
    { what: /it is -1/, where: /metrics\.port/, remedy: /a port from 0 to 65535/ },
  ],
  [
    { app: 'app.js', args: '--x' },
    { what: /it is "--x"/, where: /option args/, remedy: /an array of strings/ },
  ],
  [
    { app: 'app.js', env: 'NODE_ENV=test' },
    { what: /it is "NODE_ENV=test"/, where: /option env/, remedy: /an object of environment variables/ },
  ],
  [
    { app: 'app.js', execArgv: ['--test'] },
    { what: /it is "--test"/, where: /option execArgv/, remedy: /do not choose what node runs/ },
  ],
  [
    { app: 'app.js', cwd: 7 },
    { what: /it is 7/, where: /option cwd/, remedy: /the path of a directory/ },
  ],
];
