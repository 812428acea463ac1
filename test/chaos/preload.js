// Loaded into a real sfreplay process before its own code (`node --import`). Ends the process, or lets the disk fill up,
// at an exact write to one of its files. The product knows nothing of it.
//
//   CHAOS_KILL  = <name ending of the file>,<nth append>,before|after|torn[,<kind of the entries that count>]
//   CHAOS_FULL  = <name ending of the file>,<nth append from which on there is no space>
import fsPromises from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { open } = fsPromises;
const [killFile, killAt, killWhen, killKind = ''] = (process.env.CHAOS_KILL ?? '').split(',');
const [fullFile, fullAt] = (process.env.CHAOS_FULL ?? '').split(',');
const counts = new Map();

fsPromises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  const appendFile = handle.appendFile.bind(handle);
  handle.appendFile = async (data, ...options) => {
    const nth = (counts.get(path) ?? 0) + (killKind === '' || killKind === kindOf(data) ? 1 : 0);
    const isCounted = nth !== counts.get(path);
    counts.set(path, nth);
    if (isMeant(path, fullFile) && nth >= Number(fullAt)) {
      await appendFile(data.slice(0, Math.floor(data.length / 2)), ...options);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    const isLast = isCounted && isMeant(path, killFile) && nth === Number(killAt);
    if (isLast && killWhen === 'before') die(path, data);
    if (isLast && killWhen === 'torn') {
      await appendFile(data.slice(0, Math.ceil(data.length / 2)), ...options);
      die(path, data);
    }
    await appendFile(data, ...options);
    if (isLast) die(path, data);
  };
  return handle;
};
syncBuiltinESMExports();

function isMeant(path, ending) {
  return ending !== undefined && ending !== '' && String(path).endsWith(ending);
}

function kindOf(data) {
  return /"kind":"(\w+)"/.exec(data)?.[1] ?? 'line';
}

function die(path, data) {
  writeSync(2, `chaos: ${killFile} ${kindOf(data)} ${killWhen}\n`);
  process.kill(process.pid, 'SIGKILL');
  // Nothing may happen between the signal and the end.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
