/* Written by "npm run client-types" from the description of the API. */

export interface TokenRequest {
  readonly url?: string | undefined;
  readonly resource?:
    | (
        | {
            /** May be left out if only one account is configured. */
            readonly account?: string | undefined;
            readonly service: 'blob';
            /** A container. Without blob or directory, the token is for the whole container. */
            readonly container: string;
            /** The name of a blob, not percent-encoded. */
            readonly blob?: string | undefined;
            /** A snapshot of the blob, such as 2026-11-22T15:15:00.1234567Z. */
            readonly snapshot?: string | undefined;
            /** A version of the blob, such as 2026-11-22T15:15:00.1234567Z. */
            readonly versionId?: string | undefined;
            /** A directory and everything below it, without a trailing "/"; requires an account with a hierarchical namespace. */
            readonly directory?: string | undefined;
          }
        | {
            /** May be left out if only one account is configured. */
            readonly account?: string | undefined;
            readonly service: 'queue';
            readonly queue: string;
          }
        | {
            /** May be left out if only one account is configured. */
            readonly account?: string | undefined;
            readonly service: 'table';
            /** A table. Without keys, the token is for all of its rows. */
            readonly table: string;
            /** The first partition, inclusive. */
            readonly partitionKeyStart?: string | undefined;
            /** The last partition, inclusive. */
            readonly partitionKeyEnd?: string | undefined;
            /** The first row of the first partition, inclusive. */
            readonly rowKeyStart?: string | undefined;
            /** The last row of the last partition, inclusive. */
            readonly rowKeyEnd?: string | undefined;
          }
        | {
            /** May be left out if only one account is configured. */
            readonly account?: string | undefined;
            readonly service: 'file';
            /** A share. Without file, the token is for the whole share. */
            readonly share: string;
            /** The path of a file in the share, not percent-encoded. */
            readonly file?: string | undefined;
          }
      )
    | {
        /** May be left out if only one account is configured. */
        readonly account?: string | undefined;
        readonly services: readonly ('blob' | 'queue' | 'table' | 'file')[];
        /** service: operations on the service; container: on containers, queues, tables and shares; object: on blobs, messages, entities and files. */
        readonly resourceTypes: readonly ('service' | 'container' | 'object')[];
      }
    | undefined;
  /** Required, unless a stored access policy defines them */
  readonly permissions?: string | readonly string[] | undefined;
  readonly ttl?: string | number | undefined;
  readonly expiresAt?: string | undefined;
  readonly startsAt?: string | undefined;
  readonly kind?: 'auto' | 'user-delegation' | 'service' | 'account' | undefined;
  readonly ip?: string | undefined;
  readonly protocol?: 'https' | 'https,http' | undefined;
  /** Headers that storage returns in place of the blob’s own headers, in printable ASCII */
  readonly responseHeaders?:
    | {
        readonly cacheControl?: string | undefined;
        readonly contentDisposition?: string | undefined;
        readonly contentEncoding?: string | undefined;
        readonly contentLanguage?: string | undefined;
        readonly contentType?: string | undefined;
      }
    | undefined;
  readonly encryptionScope?: string | undefined;
  readonly policy?: string | undefined;
  /** Bind the token to a stored access policy that the broker manages */
  readonly revocable?: boolean | undefined;
  readonly bindTo?: 'caller' | undefined;
  /** Name the caller as the user who acts (hierarchical accounts). authorized: storage trusts the broker (saoid); unauthorized: storage also checks the caller’s own access (suoid) */
  readonly agent?: 'authorized' | 'unauthorized' | undefined;
  readonly clamp?: boolean | undefined;
  /** Recorded in the audit row */
  readonly purpose?: string | undefined;
}

export interface IssuedToken {
  readonly id: string;
  readonly kind: 'user-delegation' | 'service' | 'account';
  readonly kindReason: string;
  /** The SAS, without a leading "?" */
  readonly token: string;
  /** The resource's URL with the SAS */
  readonly url: string;
  readonly resource: {
    readonly account: string;
    readonly service?: 'blob' | 'queue' | 'table' | 'file' | undefined;
    readonly container?: string | undefined;
    readonly blob?: string | undefined;
    readonly snapshot?: string | undefined;
    readonly versionId?: string | undefined;
    readonly directory?: string | undefined;
    readonly queue?: string | undefined;
    readonly table?: string | undefined;
    readonly partitionKeyStart?: string | undefined;
    readonly partitionKeyEnd?: string | undefined;
    readonly rowKeyStart?: string | undefined;
    readonly rowKeyEnd?: string | undefined;
    readonly share?: string | undefined;
    readonly file?: string | undefined;
    readonly services?: readonly ('blob' | 'queue' | 'table' | 'file')[] | undefined;
    readonly resourceTypes?: readonly ('service' | 'container' | 'object')[] | undefined;
  };
  readonly permissions: string;
  readonly permissionNames: readonly string[];
  readonly startsAt: string | null;
  readonly expiresAt: string;
  readonly issuedAt: string;
  /** Whole seconds from issuedAt to expiresAt */
  readonly expiresIn: number;
  /** The endpoint of the service, with its path and without a trailing slash: the one that url begins with */
  readonly endpoint: string;
  /** For account SAS, the endpoint of every service that it covers; otherwise null */
  readonly endpoints: { readonly [name in 'blob' | 'queue' | 'table' | 'file']?: string } | null;
  /** When a client that keeps the token should request a new one */
  readonly refreshAfter: string;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly policy: string | null;
  readonly agent: {
    readonly kind: 'authorized' | 'unauthorized';
    readonly objectId: string;
  } | null;
  /** Object id of the only user who can use the token; storage also requires a bearer token of that user */
  readonly boundTo: string | null;
  /** When storage is certain to apply the stored access policy of the token; null: immediately */
  readonly usableAfter: string | null;
  readonly grant: string;
  readonly fingerprint: string;
  readonly clamped: readonly {
    readonly field: string;
    readonly asked: string | null;
    readonly granted: string;
  }[];
  /** A stronger kind that your grants would also have allowed for this request, or null */
  readonly narrowerKind: ('user-delegation' | 'service' | 'account') | null;
  /** How the next request could be narrower */
  readonly hints: readonly string[];
  readonly request: {
    readonly method: string;
    readonly headers: { readonly [name in string]?: string };
  } | null;
}

export interface Completion {
  readonly outcome: 'succeeded' | 'failed' | 'abandoned';
  readonly detail?: string | undefined;
}

export interface Explanation {
  readonly allowed: boolean;
  readonly grant: string | null;
  readonly kind: ('user-delegation' | 'service' | 'account') | null;
  readonly kindReason: string | null;
  readonly wouldIssue: { readonly [name in string]?: unknown } | null;
  readonly missing: readonly {
    readonly path: string;
    readonly message: string;
  }[];
  readonly largest: { readonly [name in string]?: unknown } | null;
  /** As in the reply of POST /tokens */
  readonly narrowerKind: ('user-delegation' | 'service' | 'account') | null;
  /** How a request could be narrower */
  readonly hints: readonly string[];
}

export interface AuditRecord {
  readonly id: string;
  readonly fingerprint: string;
  readonly issuedAt: string;
  readonly startsAt: string | null;
  readonly expiresAt: string;
  readonly kind: 'user-delegation' | 'service' | 'account';
  readonly resource: {
    readonly account: string;
    readonly service?: 'blob' | 'queue' | 'table' | 'file' | undefined;
    readonly container?: string | undefined;
    readonly blob?: string | undefined;
    readonly snapshot?: string | undefined;
    readonly versionId?: string | undefined;
    readonly directory?: string | undefined;
    readonly queue?: string | undefined;
    readonly table?: string | undefined;
    readonly partitionKeyStart?: string | undefined;
    readonly partitionKeyEnd?: string | undefined;
    readonly rowKeyStart?: string | undefined;
    readonly rowKeyEnd?: string | undefined;
    readonly share?: string | undefined;
    readonly file?: string | undefined;
    readonly services?: readonly ('blob' | 'queue' | 'table' | 'file')[] | undefined;
    readonly resourceTypes?: readonly ('service' | 'container' | 'object')[] | undefined;
  };
  readonly permissions: string;
  readonly permissionNames: readonly (
    | 'read'
    | 'add'
    | 'create'
    | 'write'
    | 'delete'
    | 'deleteVersion'
    | 'permanentDelete'
    | 'list'
    | 'tags'
    | 'filter'
    | 'move'
    | 'execute'
    | 'ownership'
    | 'permissions'
    | 'setImmutabilityPolicy'
    | 'process'
    | 'query'
    | 'update'
  )[];
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
  readonly policy: string | null;
  readonly agent: {
    readonly kind: 'authorized' | 'unauthorized';
    readonly objectId: string;
  } | null;
  /** Object id of the only user who can use the token; storage also requires a bearer token of that user */
  readonly boundTo: string | null;
  readonly grant: string;
  readonly caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string | null;
    readonly ip: string | null;
  };
  readonly signedWith:
    | {
        readonly key: ('key1' | 'key2') | null;
        readonly secretVersion: string;
        /** Identifies the key’s value: the digits that storage logs show after the key’s name */
        readonly keyId: string | null;
      }
    | {
        readonly delegationKey: {
          readonly objectId: string;
          readonly startsAt: string;
          readonly expiresAt: string;
        };
      };
  readonly correlationId: string | null;
  readonly purpose: string | null;
  readonly requestId: string;
  /** live: usable; unproved: something that the token depends on was ended, but there is no proof that storage refuses it; revoked: with proof; expired: past its expiry by every clock */
  readonly state: 'live' | 'unproved' | 'revoked' | 'expired';
  readonly endedBy: {
    readonly lever: 'delete-policy' | 'revoke-delegation-keys' | 'regenerate-key';
    /** When it was ordered */
    readonly at: string;
    /** Null if something outside the broker did it, and for callers who are not auditors or operators */
    readonly by: string | null;
  } | null;
  readonly completion: {
    readonly outcome: string;
    readonly at: string;
    readonly detail: string | null;
  } | null;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  /** The first faults of the request */
  readonly errors?:
    | readonly {
        readonly path: string;
        readonly message: string;
      }[]
    | undefined;
  /** How many faults the request has, even if errors lists fewer */
  readonly errorCount?: number | undefined;
  readonly [name: string]: unknown;
}
