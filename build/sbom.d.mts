interface Component {
  readonly 'bom-ref': string;
}

interface CycloneDx {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

export function selectComponents(
  document: CycloneDx,
  packages: readonly { readonly id: string }[],
  version: string,
): string;
