// The rooms of src, from the top down: each may import the rooms behind its arrow, and `core`. Nothing imports upwards. The
// import rules of the linter are made from this drawing, so it is always true.
const ROOMS = `
  index.ts    →  replay config input accounting
  cli         →  replay checking report config input accounting emulator
  checking    →  replay/preflight.ts writers records batching input accounting salesforce
  replay      →  report/page writers records batching input journal accounting salesforce
  report      →  accounting
  writers     →  records batching salesforce
  records     →  input
  emulator    →
  salesforce  →
  journal     →
  accounting  →
  batching    →
  input       →
  config      →
  core        →
`;

function zone([room, ...others]) {
  return {
    target: `./src/${room}`,
    from: './src',
    except: [...new Set([room, ...others, 'core'])].map((place) => `./${place}`),
    message: `"${room}" may not import this; see .config/rooms.js.`,
  };
}

export const roomRules = [
  ...ROOMS.trim()
    .split('\n')
    .map((line) => zone(line.match(/[\w./]+/g))),
  { target: './bin', from: './src', except: [], message: 'The executable imports the build only.' },
];
