/** Where and why a file is no configuration. Never quotes YAML or JSON, which may hold secrets. */
export class DocumentError extends Error {}
