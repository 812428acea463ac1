/** What the help and the manual page show of each command; under its own name what they show of the program. */
const EXAMPLES = {
  sfreplay: [
    'sfreplay demo',
    'sfreplay init dump.ndjson',
    'sfreplay check dump.ndjson',
    'sfreplay dump.ndjson.gz',
    'kcat -C -J -e -t accounts | sfreplay --map accounts=Account:upsert:External_Id__c',
  ],
  replay: [
    'sfreplay accounts.ndjson contacts.ndjson.gz',
    'sfreplay -c pipeline.yaml --max-in-flight 4 dump.ndjson',
    'sfreplay --report report.html dump.ndjson',
    'sfreplay --topic leads --map leads=Lead:insert::bulk leads.jsonl',
    'kcat -C -J -e -t accounts | sfreplay --map accounts=Account:upsert:External_Id__c --json | jq .totals',
  ],
  retry: ['sfreplay retry failed.ndjson', 'sfreplay retry --include-in-doubt failed.retry-1.ndjson'],
  check: [
    'sfreplay check',
    'sfreplay check dump.ndjson',
    'sfreplay check --target-org uat dump.ndjson',
    'sfreplay check --offline -c pipeline.yaml dump.ndjson --json',
  ],
  diff: [
    'sfreplay diff dump.ndjson',
    'sfreplay diff --out differs.ndjson dump.ndjson; sfreplay differs.ndjson',
    'sfreplay diff --report diff.html accounts.ndjson contacts.ndjson.gz',
    'sfreplay diff --json dump.ndjson | jq .totals',
  ],
  init: ['sfreplay init', 'sfreplay init accounts.ndjson leads.ndjson.gz', 'sfreplay init --topic leads leads.jsonl'],
  demo: ['sfreplay demo', 'sfreplay demo --report demo.html'],
  emulator: [
    'sfreplay emulator --port 8090',
    'sfreplay emulator --port 8090 --auth-files auth',
    'sfreplay emulator --latency 50ms --fault 503:count=2 --fault lock:rate=0.01 --seed 7',
    'sf sobject describe -s Invoice__c --json > invoice.json; sfreplay emulator --describe invoice.json',
  ],
  completion: [
    'source <(sfreplay completion bash)',
    'sfreplay completion zsh > "${fpath[1]}/_sfreplay"',
    'sfreplay completion fish > ~/.config/fish/completions/sfreplay.fish',
  ],
  schema: ['sfreplay schema > sfreplay.schema.json'],
} satisfies Record<string, readonly string[]>;

export type ExampleName = keyof typeof EXAMPLES;

/** As it stands below a help text. */
export function examplesOf(name: ExampleName): string {
  const examples = exampleLines(name);
  const title = examples.length === 1 ? 'Example' : 'Examples';
  return `\n${title}:\n${examples.map((line) => `  $ ${line}`).join('\n')}`;
}

export function exampleLines(name: ExampleName): readonly string[] {
  return EXAMPLES[name];
}
