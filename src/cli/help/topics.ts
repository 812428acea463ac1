/** The pages of the reference, which stand beside this file as Markdown; `sfreplay help TOPIC` shows one. */
export const TOPICS: readonly string[] = [
  ...['configuration', 'input', 'signing-in', 'guarantees', 'journal', 'failures', 'diff', 'recipes'],
  ...['sharding', 'emulator', 'library', 'troubleshooting'],
];
