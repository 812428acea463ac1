import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'lossless-json';

const FOLDER = new URL('./data/', import.meta.url);
const texts = new Map<string, string>();

/** What a file of the folder `data` says. */
export function readData(name: string): string {
  const text = texts.get(name) ?? readFileSync(new URL(name, FOLDER), 'utf8');
  texts.set(name, text);
  return text;
}

/** What every file of a folder of it says. */
export function readAllData(folder: string): string[] {
  return readdirSync(new URL(folder, FOLDER)).map((name) => readData(`${folder}/${name}`));
}

/** What a file of it says, with the values in the place of `${name}`. */
export function fillData(name: string, values: Readonly<Record<string, string>>): unknown {
  return parse(readData(name), (_, value: unknown) =>
    typeof value === 'string' ? value.replace(/\$\{(\w+)\}/g, (whole, key: string) => values[key] ?? whole) : value,
  );
}
