// Writes a dump to standard output: node main.js '{"lines":1000,"topics":["a"]}'
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { dumpText, type DumpOptions } from './dump.js';

await pipeline(Readable.from(dumpText(JSON.parse(process.argv[2] ?? '') as DumpOptions)), process.stdout);
