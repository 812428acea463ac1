/** Where and why a file is no YAML or JSON. Never quotes the file, which may hold secrets. */
export class DocumentError extends Error {}
