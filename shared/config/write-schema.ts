import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { brokerSchema } from './broker-schema.ts';

const FILE = fileURLToPath(new URL('../../broker.schema.json', import.meta.url));

const schema = z.toJSONSchema(brokerSchema, { target: 'draft-2020-12' });
const text = `${JSON.stringify({ title: 'broker.json of the SAS token broker', ...schema }, null, 2)}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, text);
else if (committed() !== text) {
  process.stderr.write('broker.schema.json does not match the parser; run "npm run schema"\n');
  process.exitCode = 1;
}

function committed(): string | null {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return null;
  }
}
