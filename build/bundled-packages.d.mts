import type { Metafile } from 'esbuild';

export interface BundledPackage {
  /** `name@version` */
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string;
  readonly holder: string | null;
  /** The contents of the files with its terms. */
  readonly texts: readonly string[];
}

export function bundledPackages(metafiles: readonly Metafile[]): BundledPackage[];
export function noticesOf(packages: readonly BundledPackage[]): string;
