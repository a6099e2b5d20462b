import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { clientTypes } from './client-types.ts';
import { openApi } from './openapi.ts';
import { routes } from './routes.ts';

/* npm run client-types: writes the types of the JavaScript client from the API's description; --check only compares. */

const FILE = fileURLToPath(new URL('../clients/js/api.ts', import.meta.url));

const { schemas } = openApi(routes)['components'] as { schemas: Record<string, object> };
const text = await format(clientTypes(schemas), { ...(await resolveConfig(FILE)), filepath: FILE });

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  process.stderr.write('clients/js/api.ts does not match the API; run "npm run client-types"\n');
  process.exitCode = 1;
}
