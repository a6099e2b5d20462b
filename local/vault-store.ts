import { randomBytes } from 'node:crypto';
import { readState, writeState } from './state-file.ts';

/** Times are in seconds since 1970, as in Key Vault. */
export interface Attributes {
  enabled: boolean;
  created: number;
  updated: number;
  nbf?: number;
  exp?: number;
}

export interface Version {
  version: string;
  value: string;
  contentType?: string;
  tags?: Record<string, string>;
  attributes: Attributes;
}

export interface Change {
  contentType?: string;
  tags?: Record<string, string>;
  attributes?: { enabled?: boolean; nbf?: number; exp?: number };
}

/** Versions are oldest first. A deleted secret keeps them until it is purged. */
interface Secret {
  versions: Version[];
  deletedAt?: number;
}

const currentSeconds = (): number => Math.floor(Date.now() / 1000);

/** Keeps the secrets of one vault in one file. Saves every change before it returns. */
export class VaultStore {
  readonly #file: string;
  readonly #secrets: Map<string, Secret>;

  constructor(file: string) {
    this.#file = file;
    this.#secrets = new Map(Object.entries((readState(file) ?? {}) as Record<string, Secret>));
  }

  /** Returns the names of secrets that are not deleted, in order. */
  names(): string[] {
    return [...this.#secrets.keys()].filter((name) => this.state(name) === 'live').sort();
  }

  state(name: string): 'absent' | 'live' | 'deleted' {
    const secret = this.#secrets.get(name);
    if (!secret) return 'absent';
    return secret.deletedAt === undefined ? 'live' : 'deleted';
  }

  deletedAt(name: string): number | undefined {
    return this.#secrets.get(name)?.deletedAt;
  }

  versions(name: string): Version[] {
    return this.#secrets.get(name)?.versions ?? [];
  }

  /** Returns that version, or the newest if none is given. Either may be disabled, as in Key Vault. */
  find(name: string, version?: string): Version | undefined {
    const versions = this.versions(name);
    return version ? versions.find((candidate) => candidate.version === version) : versions.at(-1);
  }

  add(name: string, value: string, { attributes, ...rest }: Change = {}): Version {
    const created = currentSeconds();
    const version: Version = {
      version: randomBytes(16).toString('hex'),
      value,
      ...rest,
      attributes: { enabled: true, ...attributes, created, updated: created },
    };
    this.#secrets.set(name, { versions: [...this.versions(name), version] });
    this.#save();
    return version;
  }

  /** Replaces the tags, the content type and each attribute that is given, and keeps the others. */
  change(version: Version, { attributes, ...rest }: Change): void {
    Object.assign(version, rest);
    Object.assign(version.attributes, attributes, { updated: currentSeconds() });
    this.#save();
  }

  setDeleted(name: string, deleted: boolean): void {
    const versions = this.versions(name);
    this.#secrets.set(name, deleted ? { versions, deletedAt: currentSeconds() } : { versions });
    this.#save();
  }

  purge(name: string): void {
    this.#secrets.delete(name);
    this.#save();
  }

  #save(): void {
    writeState(this.#file, Object.fromEntries(this.#secrets));
  }
}
