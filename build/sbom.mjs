// The software bill of materials of the deployment package.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';

/** Windows starts npm through a shell script only. */
const shell = process.platform === 'win32';

/**
 * Returns a CycloneDX document of what is in the package, from `npm sbom`, which reads package-lock.json: the packages that
 * are bundled, and which of them need which others. The same packages and version give the same text, so it has no time.
 * @param packages from bundledPackages
 * @param version the build's
 * @throws Error if package-lock.json lacks one of the packages.
 */
export function sbomOf(packages, version) {
  const words = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const printed = execFileSync('npm', words, { encoding: 'utf8', shell, maxBuffer: 2 ** 26 });
  return selectComponents(JSON.parse(printed), packages, version);
}

/** Returns the text of `npm sbom`'s document with nothing but the packages. */
export function selectComponents(document, packages, version) {
  const { metadata, components, dependencies } = document;
  const root = { ...metadata.component, name: 'sas-token-broker', version };
  const ids = new Set(packages.map(({ id }) => id));
  const found = components.filter((one) => ids.has(one['bom-ref']));
  const missing = [...ids].filter((id) => !found.some((one) => one['bom-ref'] === id));
  if (missing.length > 0)
    throw new Error(`package-lock.json does not have ${missing.join(', ')}. Run npm ci.`);
  const kept = new Set([root['bom-ref'], ...ids]);
  const content = {
    metadata: { lifecycles: [{ phase: 'build' }], tools: metadata.tools, component: root },
    // npm calls packages that are only built with optional, but these are in the package.
    components: found.map((one) => ({ ...one, scope: 'required', properties: [] })),
    dependencies: dependencies
      .filter(({ ref }) => kept.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) })),
  };
  const { $schema, bomFormat, specVersion } = document;
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(content))}`;
  return `${JSON.stringify({ $schema, bomFormat, specVersion, serialNumber, version: 1, ...content }, null, 2)}\n`;
}

/** Returns a UUID (version 8) that is made of the text. */
function uuidOf(text) {
  const digits = createHash('sha256').update(text).digest('hex');
  const variant = ((parseInt(digits[16], 16) & 3) | 8).toString(16);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}
