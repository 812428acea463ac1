// Loaded into a real sfreplay process before its own code (`node --import`). Ends the process, or lets the disk fill up,
// at an exact write to one of its files. The product knows nothing of it.
//
//   CHAOS_KILL  = <name ending of the file>,<nth append>,before|after|torn
//   CHAOS_FULL  = <name ending of the file>,<nth append from which on there is no space>
import fsPromises from 'node:fs/promises';
import { writeSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { open } = fsPromises;
const [killFile, killAt, killWhen] = (process.env.CHAOS_KILL ?? '').split(',');
const [fullFile, fullAt] = (process.env.CHAOS_FULL ?? '').split(',');
const counts = new Map();

fsPromises.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  const appendFile = handle.appendFile.bind(handle);
  handle.appendFile = async (data, ...options) => {
    const nth = (counts.get(path) ?? 0) + 1;
    counts.set(path, nth);
    if (isMeant(path, fullFile) && nth >= Number(fullAt)) {
      await appendFile(data.slice(0, Math.floor(data.length / 2)), ...options);
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    }
    const isLast = isMeant(path, killFile) && nth === Number(killAt);
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

function die(path, data) {
  const kind = /"kind":"(\w+)"/.exec(data)?.[1] ?? 'line';
  writeSync(2, `chaos: ${killFile} ${kind} ${killWhen}\n`);
  process.kill(process.pid, 'SIGKILL');
  // Nothing may happen between the signal and the end.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
