import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { projectFolder } from './project-paths.ts';
import { writeState } from './state-file.ts';

/** The content of local.settings.json, from which Core Tools takes the app's environment. */
export interface LocalSettings {
  IsEncrypted: boolean;
  Values: Record<string, string>;
  Host: { LocalHttpPort: number; CORS: string };
}

export function readSampleSettings(): LocalSettings {
  return JSON.parse(readFileSync(join(projectFolder, 'local.settings.sample.json'), 'utf8')) as LocalSettings;
}

/**
 * Returns the sample with the addresses of a stack (`stackSettings`) and the broker's port. Paths are relative to `folder`,
 * where Core Tools runs the app.
 */
export function buildLocalSettings(
  folder: string,
  stackSettings: Record<string, string>,
  brokerPort: number,
): LocalSettings {
  const sample = readSampleSettings();
  const located = Object.entries(stackSettings).map(([name, value]) => {
    return [name, isAbsolute(value) ? relative(folder, value) : value] as const;
  });
  return {
    ...sample,
    Values: { ...sample.Values, ...Object.fromEntries(located) },
    Host: { ...sample.Host, LocalHttpPort: brokerPort },
  };
}

/** What became of local.settings.json: it was written, or it exists and differs from the stack in these settings. */
export type LocalSettingsOutcome = 'written' | { differing: string[] };

/**
 * Writes `settings` if the file does not exist, and never changes an existing one. Compares that one in the Values called
 * `names` and in the port. Throws if it is not JSON.
 */
export function ensureLocalSettings(
  file: string,
  settings: LocalSettings,
  names: readonly string[],
): LocalSettingsOutcome {
  if (!existsSync(file)) {
    writeState(file, settings);
    return 'written';
  }
  const existing = readExisting(file);
  const differing = names.filter((name) => existing.Values?.[name] !== settings.Values[name]);
  if (existing.Host?.LocalHttpPort !== settings.Host.LocalHttpPort) differing.push('Host.LocalHttpPort');
  return { differing };
}

function readExisting(file: string): Partial<LocalSettings> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<LocalSettings>;
  } catch (error) {
    const message = `${file} is not JSON. Correct it, or delete it to get a new one.`;
    throw new Error(message, { cause: error });
  }
}
