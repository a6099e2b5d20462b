/** A resource as "bicep snapshot" predicts it. */
export interface ExpandedResource {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly sku?: { readonly name: string };
  readonly properties?: Readonly<Record<string, unknown>>;
}

export function faultsOf(
  resources: readonly ExpandedResource[],
  expected: {
    readonly group: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly isPrivate?: boolean;
    readonly isZoneRedundant?: boolean;
  },
): string[];
