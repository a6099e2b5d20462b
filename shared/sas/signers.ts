import { type BlobResource, isOfService } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { loadOnce } from '../load-once.ts';
import type { signAccount } from './account-sas.ts';
import type { signBlob } from './blob-sas.ts';
import type { signDirectory } from './directory-sas.ts';
import type { signFile } from './file-sas.ts';
import type { signQueue } from './queue-sas.ts';
import { signingError } from './sas-fields.ts';
import type { signTable } from './table-sas.ts';

/** The signers by kind of SAS. Each brings the SDK of its service. */
interface Signers {
  readonly account: typeof signAccount;
  readonly blob: typeof signBlob;
  readonly directory: typeof signDirectory;
  readonly file: typeof signFile;
  readonly queue: typeof signQueue;
  readonly table: typeof signTable;
}

const IMPORTS: { readonly [Kind in keyof Signers]: () => Promise<Signers[Kind]> } = {
  account: loadOnce(async () => (await import('./account-sas.ts')).signAccount),
  blob: loadOnce(async () => (await import('./blob-sas.ts')).signBlob),
  directory: loadOnce(async () => (await import('./directory-sas.ts')).signDirectory),
  file: loadOnce(async () => (await import('./file-sas.ts')).signFile),
  queue: loadOnce(async () => (await import('./queue-sas.ts')).signQueue),
  table: loadOnce(async () => (await import('./table-sas.ts')).signTable),
};
const KINDS = Object.keys(IMPORTS) as (keyof Signers)[];

/** The signers that have been loaded. A signer is loaded with the first token of its kind, and kept. */
const loaded: { -readonly [Kind in keyof Signers]?: Signers[Kind] } = {};

/**
 * Loads the signer of a token. `sign` needs it.
 * @throws whatever `import()` throws; the next call tries again.
 */
export async function loadSigner({ resource }: Pick<AuthorizedToken, 'resource'>): Promise<void> {
  await load(signerKind(resource));
}

/** Loads the signers of all kinds. */
export async function loadSigners(): Promise<void> {
  await Promise.all(KINDS.map(load));
}

/** @throws BrokerError `internal` if this kind has not been loaded. */
export function loadedSigner<Kind extends keyof Signers>(kind: Kind): Signers[Kind] {
  const signer: Signers[Kind] | undefined = loaded[kind];
  if (signer === undefined) throw signingError('token', `is of a kind whose signer is not loaded: ${kind}`);
  return signer;
}

/** Returns which signer makes the tokens of a resource. */
function signerKind(resource: AuthorizedToken['resource']): keyof Signers {
  if (!isOfService(resource)) return 'account';
  return resource.service === 'blob' && isDirectory(resource) ? 'directory' : resource.service;
}

export function isDirectory(
  resource: BlobResource,
): resource is BlobResource & { readonly directory: string } {
  return resource.directory !== undefined;
}

async function load(kind: keyof Signers): Promise<void> {
  if (loaded[kind] === undefined) Object.assign(loaded, { [kind]: await IMPORTS[kind]() });
}
