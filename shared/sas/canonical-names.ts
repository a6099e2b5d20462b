/** The name that is signed: unescaped, without the endpoint; `path` is a blob's or a directory's. */
export function canonicalBlobName(account: string, container: string, path: string | undefined): string {
  return `/blob/${account}/${container}${path === undefined ? '' : `/${path}`}`;
}

/** The name that is signed: unescaped, without the endpoint. */
export function canonicalFileName(account: string, share: string, file: string | undefined): string {
  return `/file/${account}/${share}${file === undefined ? '' : `/${file}`}`;
}

/** The name that is signed. */
export function canonicalQueueName(account: string, queue: string): string {
  return `/queue/${account}/${queue}`;
}

/** The name that is signed: in lower case, whatever the table's own. */
export function canonicalTableName(account: string, table: string): string {
  return `/table/${account}/${table.toLowerCase()}`;
}
