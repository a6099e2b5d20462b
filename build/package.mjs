// npm run package: the zip file that is deployed, and what is in it. The same commit gives the same bytes.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDist } from './make-dist.mjs';
import { packageFiles } from './package-files.mjs';
import { sbomOf } from './sbom.mjs';
import { buildVersion } from './version.mjs';
import { zipFile } from './zip-file.mjs';

process.chdir(join(import.meta.dirname, '..'));
const version = buildVersion();
const packages = await makeDist();
const files = packageFiles('.');
const zip = zipFile(files);
mkdirSync('dist/package', { recursive: true });
writeFileSync('dist/package/sas-token-broker.zip', zip);
writeFileSync('dist/package/sas-token-broker.cdx.json', sbomOf(packages, version));
console.log(`version  ${version}`);
console.log(`package  dist/package/sas-token-broker.zip, ${files.size} files, ${zip.length} bytes`);
console.log(`SHA-256  ${createHash('sha256').update(zip).digest('hex')}`);
console.log(`SBOM     dist/package/sas-token-broker.cdx.json, ${packages.length} packages`);
