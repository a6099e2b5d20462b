/** Returns the name that the signature covers: unescaped, without the endpoint. `path` names a blob or a directory. */
export function canonicalBlobName(account: string, container: string, path: string | undefined): string {
  return `/blob/${account}/${container}${path === undefined ? '' : `/${path}`}`;
}

/** Returns the name that the signature covers: unescaped, without the endpoint. */
export function canonicalFileName(account: string, share: string, file: string | undefined): string {
  return `/file/${account}/${share}${file === undefined ? '' : `/${file}`}`;
}

/** Returns the name that the signature covers. */
export function canonicalQueueName(account: string, queue: string): string {
  return `/queue/${account}/${queue}`;
}

/** Returns the name that the signature covers: always in lower case. */
export function canonicalTableName(account: string, table: string): string {
  return `/table/${account}/${table.toLowerCase()}`;
}
