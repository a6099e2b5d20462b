import type { BuildResult, Metafile } from 'esbuild';

export interface Bundle {
  readonly modules: Metafile;
  readonly files: BuildResult<{ metafile: true; write: false }>;
}

export function bundle(options: { readonly write: boolean }): Promise<Bundle>;
