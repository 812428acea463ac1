// Who may import whom. Each room lists the rooms it may use; src/record.ts and src/errors.ts are open to all.
const rooms = {
  cli: [
    'config',
    'input',
    'report',
    'emulator',
    'accounting',
    'run-id.ts',
    'replay.ts',
    'replay-options.ts',
    'reported-replay.ts',
    'check.ts',
    'preflight.ts',
  ],
  config: [],
  input: [],
  batching: [],
  salesforce: [],
  writers: ['salesforce', 'batching'],
  accounting: [],
  journal: [],
  checking: ['accounting', 'batching', 'input', 'intake.ts', 'salesforce', 'writers'],
  report: ['accounting'],
  emulator: [],
};
const engine = [
  'preflight.ts',
  'intake.ts',
  'org.ts',
  'input',
  'batching',
  'writers',
  'accounting',
  'salesforce',
  'journal',
];
const top = {
  'index.ts': ['config', 'input', 'accounting', 'reported-replay.ts', 'replay-options.ts', 'run-id.ts'],
  'reported-replay.ts': ['accounting', 'replay.ts', 'replay-options.ts', 'report-file.ts'],
  'report-file.ts': ['accounting', 'failure-kinds.ts', 'replay-options.ts', 'report'],
  'failure-kinds.ts': ['input', 'report'],
  'replay.ts': [...engine, 'replay-options.ts', 'replay-run.ts', 'run-options.ts'],
  'replay-run.ts': [...engine, 'later.ts', 'run-flights.ts', 'run-options.ts', 'run-report.ts'],
  'run-flights.ts': ['accounting', 'batching', 'later.ts', 'run-options.ts', 'run-writers.ts', 'writers'],
  'run-options.ts': [...engine, 'replay-options.ts'],
  'run-writers.ts': [...engine, 'run-options.ts'],
  'later.ts': ['batching', 'input', 'writers'],
  'run-report.ts': ['accounting', 'journal', 'input', 'replay-options.ts', 'salesforce'],
  'replay-options.ts': ['accounting', 'input'],
  'check.ts': [...engine, 'checking'],
  'intake.ts': ['input', 'batching', 'writers', 'journal', 'plain-lines.ts'],
  'plain-lines.ts': ['input', 'writers'],
  'preflight.ts': ['salesforce', 'writers'],
  'org.ts': ['salesforce'],
};
const shared = ['record.ts', 'errors.ts', 'settings.ts', 'version.ts'];

function zone(target, allowed, message) {
  return { target: `./src/${target}`, from: './src', except: allowed.map((place) => `./${place}`), message };
}

export const roomRules = [
  ...Object.entries(rooms).map(([room, may]) =>
    zone(
      room,
      // The client and the emulator share nothing but errors, so that one mistake cannot hide in both.
      [room, ...may, ...(room === 'salesforce' || room === 'emulator' ? ['errors.ts'] : shared)],
      `The room "${room}" may not import this; see .config/rooms.js.`,
    ),
  ),
  ...Object.entries(top).map(([file, may]) => zone(file, [file, ...may, ...shared], `${file} may not import this.`)),
  { target: './bin', from: './src', except: [], message: 'The executable imports the build only.' },
];
