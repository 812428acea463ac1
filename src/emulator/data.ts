import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('./data/', import.meta.url);

/** What a file of the folder `data` says. */
export function readData(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}

/** What every file of a folder of it says. */
export function readAllData(folder: string): string[] {
  return readdirSync(new URL(folder, FOLDER)).map((name) => readData(`${folder}/${name}`));
}
