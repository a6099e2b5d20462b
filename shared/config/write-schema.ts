import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toJSONSchema } from 'zod/v4/core';
import { brokerSchema } from './broker-schema.ts';
import { schemaReference, type SchemaNode } from './schema-reference.ts';

const schema = toJSONSchema(brokerSchema, { target: 'draft-2020-12' });
const files = {
  'broker.schema.json': `${JSON.stringify({ title: 'broker.json of the SAS token broker', ...schema }, null, 2)}\n`,
  'docs/configuration-reference.md': schemaReference(schema as SchemaNode),
};

for (const [name, text] of Object.entries(files)) {
  const path = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (committed(path) !== text) {
    process.stderr.write(`${name} does not match the parser; run "npm run schema"\n`);
    process.exitCode = 1;
  }
}

function committed(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
