// Expands infra/ with other files than the repository's broker.json and main.bicepparam.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Copies infra/ beside a broker.json, to expand it. Each broker.json needs a copy, because the compiler reads it only once.
 * Call `remove` at the end.
 */
export function copyOfInfra(compiler, broker) {
  const work = mkdtempSync(join(tmpdir(), 'infra-'));
  cpSync('infra', join(work, 'infra'), { recursive: true });
  writeFileSync(join(work, 'broker.json'), JSON.stringify(broker));
  const file = join(work, 'infra/main.bicepparam');
  return {
    remove: () => rmSync(work, { recursive: true }),
    /** Returns the resources with these parameters, whose values are Bicep expressions. */
    expand: (parameters) => {
      writeFileSync(file, withParameters(readFileSync('infra/main.bicepparam', 'utf8'), parameters));
      return compiler.expand(file);
    },
  };
}

function withParameters(text, parameters) {
  return Object.entries(parameters).reduce((replaced, [name, value]) => {
    const line = new RegExp(`^param ${name} = .*$`, 'm');
    const parameter = `param ${name} = ${value}`;
    return line.test(replaced) ? replaced.replace(line, () => parameter) : `${replaced}${parameter}\n`;
  }, text);
}
