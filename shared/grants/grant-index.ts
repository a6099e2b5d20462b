import { pathSegments, type ServiceResource } from '../azure/resources.ts';
import type { Service } from '../azure/services.ts';
import type { Grant } from '../config/broker-config.ts';
import { literalKey, pathKey, type ResourcePattern } from '../config/resource-pattern.ts';

/** A grant that may apply, and those of its patterns that may cover the resource. */
export interface PossibleGrant {
  readonly grant: Grant;
  readonly patterns: readonly ResourcePattern[];
}

/** A pattern of a grant. `position` is the grant's in the configuration. */
interface IndexedPattern {
  readonly position: number;
  readonly pattern: ResourcePattern;
}

/** The patterns that begin with the same segments. */
class Branch {
  /** By literal segment. */
  readonly literals = new Map<string, Branch>();
  /** For a segment with a wildcard or a claim, which may match any text. */
  open: Branch | null = null;
  /** Patterns that end here. One that is open-ended also covers what is below. */
  readonly ends: IndexedPattern[] = [];

  child(literal: string | null): Branch {
    if (literal === null) return (this.open ??= new Branch());
    const known = this.literals.get(literal) ?? new Branch();
    this.literals.set(literal, known);
    return known;
  }
}

/**
 * Finds the grants that may apply to a request without looking at the others: by issuer, account, service, and every
 * literal segment of their resources. It only leaves out what cannot match; its caller still compares claims and
 * patterns. Grants come in the order of the configuration.
 */
export class GrantIndex {
  readonly #grants: readonly Grant[];
  readonly #roots = new Map<string, Branch>();
  readonly #withAccountSas = new Map<string, number[]>();

  constructor(grants: readonly Grant[]) {
    this.#grants = grants;
    for (const [position, grant] of grants.entries())
      for (const issuer of new Set(grant.callers.map((rule) => rule.issuer)))
        this.#add(issuer, grant, position);
  }

  /** Returns the grants of an issuer's callers that may cover the resource. */
  covering(issuer: string, resource: ServiceResource): PossibleGrant[] {
    const { account, service } = resource;
    const root = this.#roots.get(rootKey(issuer, account, service));
    if (root === undefined) return [];
    const found: IndexedPattern[] = [];
    let branches = [root];
    for (const segment of pathSegments(resource)) {
      const key = pathKey(service, segment);
      branches = branches.flatMap(({ literals, open }) => [literals.get(key) ?? [], open ?? []].flat());
      if (branches.length === 0) break;
      for (const { ends } of branches) found.push(...ends);
    }
    return this.#possible(found);
  }

  /** Returns the grants of an issuer's callers with a pattern for whole containers, queues, tables or shares. */
  ofWholePlaces(issuer: string, account: string, service: Service): readonly Grant[] {
    const root = this.#roots.get(rootKey(issuer, account, service));
    if (root === undefined) return [];
    const tops = [...root.literals.values(), ...(root.open === null ? [] : [root.open])];
    return this.#possible(tops.flatMap(({ ends }) => ends)).map(({ grant }) => grant);
  }

  /** Returns the grants of an issuer's callers with account SAS of the account. */
  withAccountSas(issuer: string, account: string): readonly Grant[] {
    return (this.#withAccountSas.get(accountKey(issuer, account)) ?? []).flatMap(
      (position) => this.#grants[position] ?? [],
    );
  }

  #add(issuer: string, grant: Grant, position: number): void {
    for (const pattern of grant.resources) {
      const key = rootKey(issuer, pattern.account, pattern.service);
      let branch = this.#roots.get(key) ?? new Branch();
      this.#roots.set(key, branch);
      for (const segment of pattern.segments) branch = branch.child(literalKey(pattern.service, segment));
      branch.ends.push({ position, pattern });
    }
    for (const account of new Set(grant.accountSas.map((scope) => scope.account))) {
      const key = accountKey(issuer, account);
      this.#withAccountSas.set(key, [...(this.#withAccountSas.get(key) ?? []), position]);
    }
  }

  #possible(found: readonly IndexedPattern[]): PossibleGrant[] {
    const patterns = new Map<number, ResourcePattern[]>();
    for (const { position, pattern } of found) {
      const known = patterns.get(position);
      if (known === undefined) patterns.set(position, [pattern]);
      else known.push(pattern);
    }
    return [...patterns]
      .sort(([one], [other]) => one - other)
      .flatMap(([position, own]) => {
        const grant = this.#grants[position];
        return grant === undefined ? [] : [{ grant, patterns: own }];
      });
  }
}

/** Neither a service nor the name of an account has spaces. */
const rootKey = (issuer: string, account: string, service: Service): string =>
  `${service} ${account} ${issuer}`;
const accountKey = (issuer: string, account: string): string => `${account} ${issuer}`;

const indexes = new WeakMap<readonly Grant[], GrantIndex>();

/** Returns the index of a configuration's grants. A configuration never changes, so its index is built once. */
export function grantIndexOf(grants: readonly Grant[]): GrantIndex {
  const index = indexes.get(grants) ?? new GrantIndex(grants);
  indexes.set(grants, index);
  return index;
}
