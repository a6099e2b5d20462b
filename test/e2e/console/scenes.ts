import { auditorScenes } from './scenes/auditor-scenes.ts';
import { lookupScenes } from './scenes/lookup-scenes.ts';
import { operatorScenes } from './scenes/operator-scenes.ts';
import { readerScenes } from './scenes/reader-scenes.ts';
import type { Scene } from './scenes/scene.ts';

/** The scenes of each sample caller. */
export const SCENES: Readonly<Record<string, readonly Scene[]>> = {
  auditor: [...auditorScenes, ...lookupScenes],
  operator: operatorScenes,
  reader: readerScenes,
};
